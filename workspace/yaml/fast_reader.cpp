#include "workspace/yaml/fast_reader.h"

#include <algorithm>
#include <bit>
#include <forward_list>
#include <string>
#include <utility>
#include <vector>

#include "workspace/text/utf8.h"

namespace workspace::yaml {
namespace {

constexpr std::uint32_t kMaxFlowDepth = 16;
constexpr std::uint32_t kMaxKeySize = 128;  // YAML's own limit for a key on one line is 1024
constexpr std::string_view kKind = "kind";
constexpr std::string_view kEscapes = "\"\\nt\n";  // that are read over, the line's end among them
constexpr std::ptrdiff_t kMaxBrackets = 5000;      // below the full reader's limit of open ones

// ByteClasses::Block::word may stand anywhere in a plain scalar, also in a flow collection.
enum CharClass : std::uint8_t {
  WordStart = 1,   // may start one
  PlainStart = 2,  // may start one outside of flow collections
};

struct CharTable {
  std::uint8_t of[256] = {};
  constexpr CharTable() {
    const auto mark = [this](std::string_view characters, unsigned classes) {
      for (const char c : characters) of[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(classes);
    };
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./", WordStart | PlainStart);
    mark("($+;^", PlainStart);
  }
};
constexpr CharTable kChars;

bool is(char c, CharClass wanted) { return (kChars.of[static_cast<unsigned char>(c)] & wanted) != 0; }

// is_null_word, inline: it is asked of every key and most values.
inline bool is_null(std::string_view text) {
  if (text.size() != 4) return text.size() == 1 && text.front() == '~';
  return text == "null" || text == "Null" || text == "NULL";
}

// Thrown away by the caller; never leaves this file.
struct NotPlain {};

// A document's slice of a text whose bytes are classified.
struct Slice {
  std::string_view text;
  const ByteClasses& classes;
  std::uint32_t base;  // where it begins

  // Offsets are the slice's; its size: there is none.
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(text.size()); }
  template <ByteClasses::Class kClass>
  [[nodiscard]] std::uint32_t find(std::uint32_t from) const {
    return classes.find<kClass>(base + from, base + size()) - base;
  }
  template <ByteClasses::Class kClass>
  [[nodiscard]] std::uint32_t find_other(std::uint32_t from) const {
    return classes.find_other<kClass>(base + from, base + size()) - base;
  }
  [[nodiscard]] ByteClasses::Window window(std::uint32_t from) const { return classes.window(base + from); }
};

using Bytes = ByteClasses::Block;

// Is what is not ASCII a letter to everybody? Some take a few characters for line ends, or refuse them.
bool is_plain_wide(const Slice& slice) {
  const std::uint32_t size = slice.size();
  std::uint32_t at = slice.find<&Bytes::wide>(0);
  while (at < size) {
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(slice.text, at, code_point);
    const bool plain = code_point >= 0xA0 && (code_point < 0x2028 || code_point > 0x2029) &&
                       (code_point & 0xFFFEU) != 0xFFFE && code_point != 0xFEFF;
    if (length == 0 || !plain) return false;
    at = slice.find<&Bytes::wide>(at + length);
  }
  return true;
}

// Characters that mean nothing special anywhere: no tabs, CRs, control characters; and not too many brackets.
bool has_plain_characters(const Slice& slice) {
  const std::string_view text = slice.text;
  if (!slice.classes.is_common() && (slice.find<&Bytes::odd>(0) < text.size() || !is_plain_wide(slice)))
    return false;
  if (text.size() <= static_cast<std::size_t>(kMaxBrackets)) return true;
  const auto brackets = std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{');
  return brackets <= kMaxBrackets;
}

class PlainReader {
 public:
  using Frame = PlainYamlReader::Frame;

  PlainReader(const Slice& source, const ReadLimits& limits, const Outline& wanted,
              PlainYamlReader::Memory& memory)
      : source_(source),
        data_(source.text.data()),
        size_(source.size()),
        limits_(limits),
        root_(wanted),
        wanted_(&wanted),
        max_nodes_(limits.max_values()),
        nodes_(memory.nodes),
        links_(memory.links),
        frames_(memory.frames),
        children_(memory.children) {
    nodes_.clear();
    links_.clear();
    frames_.clear();
    children_.clear();
    reserve_values(nodes_, size_, max_nodes_);
  }

  Document read() {
    while (next_line()) block_line();
    if (nodes_.empty()) {
      if (marked_) throw NotPlain();
      nodes_.emplace_back().null = true;  // nothing but comments
    }
    fill_pending();
    while (!frames_.empty()) close_frame();
    return {std::move(nodes_), std::move(links_), std::move(texts_), 0};
  }

 private:
  static constexpr std::uint32_t kNoNode = UINT32_MAX;  // read, but not wanted
  static constexpr std::uint32_t kWindow = 64;

  // A key or `-` whose value has not come yet.
  struct Pending {
    bool is = false;
    std::uint32_t at = 0;  // after the `:` or `-`
  };

  // text_[offset] without a check in each loop: callers compare with line_end_ first.
  [[nodiscard]] char peek(std::uint32_t offset) const { return data_[offset]; }
  [[nodiscard]] char at(std::uint32_t offset) const { return offset < line_end_ ? peek(offset) : '\n'; }
  [[nodiscard]] std::uint32_t skip_spaces(std::uint32_t offset) const {
    // Mostly there is one space or none.
    if (offset >= line_end_ || peek(offset) != ' ') return offset;
    if (++offset >= line_end_ || peek(offset) != ' ') return offset;
    return short_ ? first(~window_.space, offset) : source_.find_other<&Bytes::space>(offset);
  }
  // Of a short line: where the first of the window's `bits` stands from `offset` on. There is one.
  [[nodiscard]] std::uint32_t first(std::uint64_t bits, std::uint32_t offset) const {
    const std::uint32_t at = offset - line_;
    return offset + static_cast<std::uint32_t>(std::countr_zero(bits >> at));
  }
  [[nodiscard]] std::string_view slice(ByteRange range) const {
    return {data_ + range.begin, range.end - range.begin};
  }

  // Is there nothing but a comment from `offset` on? What a comment follows ends before a blank.
  [[nodiscard]] bool is_line_rest(std::uint32_t offset) const {
    const std::uint32_t next = skip_spaces(offset);
    return next == line_end_ || (peek(next) == '#' && next > offset);
  }
  void require_line_rest(std::uint32_t offset) const {
    if (!is_line_rest(offset)) throw NotPlain();
  }

  // ---- Lines

  // To the next line with content; false: there is none.
  bool next_line() {
    while (next_ < size_) {
      take_line();
      content_ = short_ ? first(~window_.space, line_) : skip_spaces(line_);
      if (content_ == line_end_) continue;
      if (peek(content_) == '#') {
        may_go_on_ = false;
        continue;
      }
      if (content_ == line_ && is_marker_line()) continue;
      return true;
    }
    return false;
  }

  void take_line() {
    line_ = next_;
    window_ = source_.window(line_);
    line_end_ = line_ + static_cast<std::uint32_t>(std::countr_zero(window_.line_end));
    short_ = line_end_ < std::min(line_ + kWindow, size_);
    if (!short_) line_end_ = source_.find<&Bytes::line_end>(line_);
    next_ = std::min(line_end_ + 1, size_);
  }

  // `---` before all content, alone in its line; all that is rarer is the full reader's.
  bool is_marker_line() {
    const char first = peek(line_);
    if (first != '-' && first != '.' && first != '%') return false;
    const std::string_view start = slice({line_, std::min(line_ + 3, size_)});
    if (start == "..." || first == '%') throw NotPlain();
    if (start != "---") return false;
    if (!nodes_.empty() || marked_) throw NotPlain();
    require_line_rest(line_ + 3);
    marked_ = true;
    return true;
  }

  // ---- Block structure

  void block_line() {
    const std::uint32_t column = content_ - line_;
    if (may_go_on_ && column > frames_.back().column) return go_on();
    may_go_on_ = false;
    const bool dash = is_dash(content_);
    if (pending_.is && opens_below(column, dash)) {
      pending_.is = false;
    } else if (!frames_.empty()) {
      fill_pending();
      close_deeper(column, dash);
      if (frames_.back().column != column || frames_.back().mapping == dash) throw NotPlain();
      return dash ? item(content_) : entry(content_);
    } else if (!nodes_.empty()) {
      throw NotPlain();
    }
    open_and_read(content_, dash);
  }

  // A further line of a plain scalar that is not wanted.
  void go_on() {
    const char first = peek(content_);
    const bool is_indicator = first == '-' || first == '?' || first == ':';
    if (is_indicator && (content_ + 1 == line_end_ || peek(content_ + 1) == ' ')) throw NotPlain();
    last_end_ = plain_end(content_);
    may_go_on_ = last_end_ == last_content(line_end_);
  }

  [[nodiscard]] bool is_dash(std::uint32_t offset) const {
    return peek(offset) == '-' && (offset + 1 == line_end_ || peek(offset + 1) == ' ');
  }

  // Does a line at `column` give the pending key or item its value?
  [[nodiscard]] bool opens_below(std::uint32_t column, bool dash) const {
    const Frame& frame = frames_.back();
    return column > frame.column || (frame.mapping && dash && column == frame.column);
  }

  void close_deeper(std::uint32_t column, bool dash) {
    while (!frames_.empty() && frames_.back().column > column) close_frame();
    // A sequence may stand at the column of its key.
    if (!frames_.empty() && !frames_.back().mapping && frames_.back().column == column && !dash)
      close_frame();
    if (frames_.empty()) throw NotPlain();
  }

  void open_and_read(std::uint32_t begin, bool dash) {
    if (frames_.size() >= limits_.max_depth) throw NotPlain();
    const std::uint32_t node = add_node(dash ? NodeKind::Sequence : NodeKind::Mapping);
    if (node != kNoNode) nodes_[node].range.begin = nodes_[node].outer.begin = begin;
    frames_.push_back({node, begin - line_, static_cast<std::uint32_t>(children_.size()), !dash, wanted_});
    dash ? item(begin) : entry(begin);
  }

  void close_frame() {
    const Frame& frame = frames_.back();
    if (frame.node != kNoNode) {
      if (frame.mapping) require_distinct_keys(frame.first_child);
      link_children(frame.node, frame.first_child);
      Node& node = nodes_[frame.node];
      node.range.end = node.outer.end = last_end_;
    }
    frames_.pop_back();
  }

  void item(std::uint32_t dash) {
    wanted_ = frames_.back().wanted;
    const std::uint32_t begin = skip_spaces(dash + 1);
    if (begin == line_end_ || peek(begin) == '#') {
      pending_ = {true, dash + 1};
    } else if (is_dash(begin)) {
      throw NotPlain();
    } else if (is_entry(begin)) {
      open_and_read(begin, false);
    } else {
      value(begin);
    }
  }

  void entry(std::uint32_t begin) {
    const Outline* wanted = frames_.back().wanted;
    if (is_simple_entry(begin, wanted)) return;
    const std::uint32_t colon = key(begin, wanted);
    const std::uint32_t after = skip_spaces(colon + 1);
    const bool below = after == line_end_ || peek(after) == '#';
    if (wanted == &root_ && !root_.everything) require_kind(begin, colon, after);
    if (below) {
      pending_ = {true, colon + 1};
    } else {
      value(after);
    }
  }

  // Reads a `key:` or a `key: value` of words or with a quoted value, which most lines are, and looks at no
  // key twice; false: it is for the functions below.
  bool is_simple_entry(std::uint32_t begin, const Outline* wanted) {
    if (!short_ || !is(peek(begin), WordStart)) return false;
    const std::uint32_t colon = first(~window_.word, begin);
    const std::string_view key = slice({begin, colon});
    if (peek(colon) != ':' || is_null(key)) return false;
    const std::uint32_t value_begin = colon + 2;
    const bool below = value_begin > line_end_;
    if (!below && peek(colon + 1) != ' ') return false;
    const bool is_words = !below && is(peek(value_begin), PlainStart) && first_stop(value_begin) == line_end_;
    if (!below && !is_words && !is_quote(peek(value_begin))) return false;
    if (wanted == &root_ && !root_.everything && key == kKind) return false;
    wanted_ = wanted == nullptr ? nullptr : wanted->below(key);
    add_plain({begin, colon});
    if (below) {
      pending_ = {true, colon + 1};
    } else if (is_words) {
      add_plain({value_begin, last_content(line_end_)});
      may_go_on_ = wanted_ == nullptr;
    } else {
      value(value_begin);
    }
    return true;
  }

  // Of a short line: the next `:` or `#` from `offset` on, or the line's end.
  [[nodiscard]] std::uint32_t first_stop(std::uint32_t offset) const {
    return first(window_.stop | window_.line_end, offset);
  }

  // An outline is that of one kind: a document that turns out to be of another is not for it.
  void require_kind(std::uint32_t key_begin, std::uint32_t key_end, std::uint32_t after) const {
    std::string_view key = slice({key_begin, key_end});
    if (is_quote(key.front())) key = key.substr(1, key.size() - 2);
    if (key != kKind) return;
    const std::string_view rest = slice({after, line_end_});
    if (root_.name.empty() || !rest.starts_with(root_.name) ||
        !is_line_rest(after + static_cast<std::uint32_t>(root_.name.size()))) {
      throw NotPlain();
    }
  }

  void fill_pending() {
    if (!pending_.is) return;
    pending_.is = false;
    const std::uint32_t node = add_node(NodeKind::Scalar);
    if (node != kNoNode) nodes_[node].null = true;
    place(node, {pending_.at, pending_.at}, {pending_.at, pending_.at});
  }

  // ---- Nodes

  // A node where `wanted_` says so. The root is always one.
  std::uint32_t add_node(NodeKind kind) {
    const bool is_root = nodes_.empty();
    if (wanted_ == nullptr && !is_root) return kNoNode;
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    if (index >= max_nodes_) throw NotPlain();
    nodes_.emplace_back().kind = kind;
    if (!is_root) children_.push_back(index);
    return index;
  }

  void place(std::uint32_t node, ByteRange range, ByteRange outer) {
    last_end_ = outer.end;
    if (node == kNoNode) return;
    nodes_[node].range = range;
    nodes_[node].outer = outer;
  }

  // Keys given twice are the full reader's, which reports them (Document::repeats_keys). `first`: where the
  // mapping's entries begin in children_. Those that could be equal are compared in the rare case that there
  // are any.
  void require_distinct_keys(std::uint32_t first) const {
    const std::size_t count = (children_.size() - first) / 2;
    if (count < 2) return;
    if (count == 2) {
      if (is_same_key(nodes_[children_[first]].text, nodes_[children_[first + 2]].text)) throw NotPlain();
      return;
    }
    std::uint64_t seen = 0;
    bool may_repeat = false;
    for (std::size_t i = first; i < children_.size(); i += 2) {
      const std::string_view key = nodes_[children_[i]].text;
      if (key.empty()) continue;  // of such there is hardly one, and none that is read
      const auto mark = key.size() * 7 + std::uint64_t{static_cast<unsigned char>(key.front())} * 5U +
                        static_cast<unsigned char>(key.back());
      const std::uint64_t bit = std::uint64_t{1} << (mark & 63U);
      may_repeat |= (seen & bit) != 0;
      seen |= bit;
    }
    if (may_repeat && has_equal_keys(first)) throw NotPlain();
  }

  [[nodiscard]] bool has_equal_keys(std::uint32_t first) const {
    std::vector<std::string_view> keys;
    keys.reserve((children_.size() - first) / 2);
    for (std::size_t i = first; i < children_.size(); i += 2) keys.push_back(nodes_[children_[i]].text);
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  // Makes what was added to children_ since `first` the children of `node`.
  void link_children(std::uint32_t node, std::uint32_t first) {
    const std::size_t begin = links_.size();
    links_.insert(links_.end(), children_.begin() + first, children_.end());
    nodes_[node].children = {static_cast<std::uint32_t>(begin),
                             static_cast<std::uint32_t>(links_.size() - begin)};
    children_.resize(first);
  }

  void add_plain(ByteRange range) {
    if (wanted_ == nullptr) {  // as most are
      last_end_ = range.end;
    } else {
      add_scalar(range, range, ScalarStyle::Plain);
    }
  }

  void add_scalar(ByteRange range, ByteRange outer, ScalarStyle style) {
    last_end_ = outer.end;
    if (wanted_ == nullptr) return;  // no scalar is a root
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    if (index >= max_nodes_) throw NotPlain();
    children_.push_back(index);
    Node& node = nodes_.emplace_back();
    node.style = style;
    node.text = slice(range);
    node.null = style == ScalarStyle::Plain && is_null(node.text);
    node.range = range;
    node.outer = outer;
  }

  // ---- Keys and scalars

  // Past the characters of a word; `begin` if none starts there.
  [[nodiscard]] std::uint32_t word_end(std::uint32_t begin) const {
    if (begin >= line_end_ || !is(peek(begin), WordStart)) return begin;
    return short_ ? first(~window_.word, begin + 1) : source_.find_other<&Bytes::word>(begin + 1);
  }

  // Past the quote that closes the one at `begin`, on the same line and without escapes.
  [[nodiscard]] std::uint32_t quoted_end(std::uint32_t begin) const {
    const char quote = peek(begin);
    std::uint32_t end = begin + 1;
    while (at(end) != quote) {
      if (end >= line_end_ || (quote == '"' && peek(end) == '\\')) throw NotPlain();
      ++end;
    }
    if (at(end + 1) == quote) throw NotPlain();
    return end + 1;
  }

  // The same for a value that is not wanted: it may go on in further lines, of which the last one is then the
  // current one, and have the usual escapes.
  std::uint32_t quoted_lines_end(std::uint32_t begin) {
    const char quote = peek(begin);
    for (std::uint32_t end = begin + 1;; end = content_) {
      for (; end < line_end_; ++end) {
        const char c = peek(end);
        if (c == quote && (quote == '"' || at(end + 1) != quote)) return end + 1;
        if (c == quote || (quote == '"' && c == '\\')) ++end;  // with what follows
        if (c == '\\' && quote == '"' && kEscapes.find(at(end)) == std::string_view::npos) throw NotPlain();
      }
      do {
        if (next_ >= size_) throw NotPlain();
        take_line();
        content_ = short_ ? first(~window_.space, line_) : skip_spaces(line_);
      } while (content_ == line_end_);
      if (content_ - line_ <= frames_.back().column) throw NotPlain();
    }
  }

  [[nodiscard]] static bool is_quote(char c) { return c == '"' || c == '\''; }

  // Does `key:` stand there? Also true for much that `key` then gives up on.
  [[nodiscard]] bool is_entry(std::uint32_t begin) const {
    return is_colon(is_quote(peek(begin)) ? quoted_end(begin) : word_end(begin));
  }

  [[nodiscard]] bool is_colon(std::uint32_t offset) const {
    return at(offset) == ':' && (offset + 1 >= line_end_ || peek(offset + 1) == ' ');
  }

  // Reads a key of a mapping of which `wanted` is wanted; leaves in wanted_ what is of its value. Returns the
  // place of its colon.
  std::uint32_t key(std::uint32_t begin, const Outline* wanted) {
    const bool quoted = is_quote(peek(begin));
    const std::uint32_t end = quoted ? quoted_end(begin) : word_end(begin);
    if (!is_colon(end) || end == begin || end - begin > kMaxKeySize) throw NotPlain();
    const std::string_view text = quoted ? slice({begin + 1, end - 1}) : slice({begin, end});
    if (!quoted && is_null(text)) throw NotPlain();
    wanted_ = wanted == nullptr ? nullptr : wanted->below(text);
    add_any_scalar(begin, end, quoted);
    return end;
  }

  void add_any_scalar(std::uint32_t begin, std::uint32_t end, bool quoted) {
    if (!quoted) return add_plain({begin, end});
    add_scalar({begin + 1, end - 1}, {begin, end},
               peek(begin) == '"' ? ScalarStyle::DoubleQuoted : ScalarStyle::SingleQuoted);
  }

  void value(std::uint32_t begin) {
    const char first = peek(begin);
    if (is_quote(first) && wanted_ == nullptr) {
      const std::uint32_t end = quoted_lines_end(begin);
      require_line_rest(end);
      last_end_ = end;
    } else if (is_quote(first)) {
      const std::uint32_t end = quoted_end(begin);
      require_line_rest(end);
      add_any_scalar(begin, end, true);
    } else if (first == '[' || first == '{') {
      require_line_rest(flow(begin));
    } else if (first == '|') {
      literal(begin);
    } else {
      plain(begin);
    }
  }

  // To the line's end or a comment.
  void plain(std::uint32_t begin) {
    const char first = peek(begin);
    const std::uint32_t word = begin + (at(begin) == '-' ? 1 : 0) + (at(begin + 1) == '-' ? 1 : 0);
    const bool signed_word = first == '-' && is(at(word), WordStart);  // -1, --flag
    const bool null_sign = first == '~';
    if (!is(first, PlainStart) && !signed_word && !null_sign) throw NotPlain();
    const std::uint32_t end = plain_end(begin);
    if (null_sign && end != begin + 1) throw NotPlain();
    add_plain({begin, end});
    may_go_on_ = wanted_ == nullptr && is(first, PlainStart) && end == last_content(line_end_);
  }

  [[nodiscard]] std::uint32_t plain_end(std::uint32_t begin) const {
    std::uint32_t end = next_stop(begin + 1);
    while (end < line_end_) {
      const bool colon = peek(end) == ':';
      if (!colon && peek(end - 1) == ' ') break;
      if (colon && (end + 1 == line_end_ || peek(end + 1) == ' ')) throw NotPlain();
      end = next_stop(end + 1);
    }
    return last_content(std::min(end, line_end_));
  }

  // The next `:` or `#` from `offset` on, perhaps in a later line; `offset` is at most the line's end.
  [[nodiscard]] std::uint32_t next_stop(std::uint32_t offset) const {
    return short_ ? first_stop(offset) : source_.find<&Bytes::stop>(offset);
  }

  // ---- Flow collections on one line

  // Past the closing bracket.
  std::uint32_t flow(std::uint32_t begin) {
    if (++flow_depth_ > kMaxFlowDepth || frames_.size() + flow_depth_ > limits_.max_depth) throw NotPlain();
    const bool mapping = peek(begin) == '{';
    const char closing = mapping ? '}' : ']';
    const Outline* wanted = wanted_;
    const std::uint32_t node = add_node(mapping ? NodeKind::Mapping : NodeKind::Sequence);
    const auto first_child = static_cast<std::uint32_t>(children_.size());
    std::uint32_t offset = skip_spaces(begin + 1);
    for (bool first = true; !first || at(offset) != closing; first = false) {
      wanted_ = wanted;
      if (mapping) offset = skip_spaces(flow_key(offset, wanted));
      offset = skip_spaces(flow_value(offset));
      if (at(offset) == closing) break;
      if (at(offset) != ',') throw NotPlain();
      offset = skip_spaces(offset + 1);
    }
    place(node, {begin, offset + 1}, {begin, offset + 1});
    if (node != kNoNode) {
      if (mapping) require_distinct_keys(first_child);
      link_children(node, first_child);
      nodes_[node].flow = true;
    }
    --flow_depth_;
    return offset + 1;
  }

  std::uint32_t flow_key(std::uint32_t begin, const Outline* wanted) {
    if (begin >= line_end_) throw NotPlain();
    const std::uint32_t colon = key(begin, wanted);
    if (colon + 1 >= line_end_) throw NotPlain();
    return colon + 1;
  }

  std::uint32_t flow_value(std::uint32_t begin) {
    if (begin >= line_end_) throw NotPlain();
    const char first = peek(begin);
    if (first == '[' || first == '{') return flow(begin);
    const bool quoted = is_quote(first);
    const std::uint32_t end = quoted ? quoted_end(begin) : word_end(begin);
    if (end == begin) throw NotPlain();
    add_any_scalar(begin, end, quoted);
    return end;
  }

  // ---- Literal blocks

  void literal(std::uint32_t begin) {
    const bool strip = at(begin + 1) == '-';
    if (begin + 1 + (strip ? 1 : 0) != line_end_) throw NotPlain();
    const std::uint32_t header_end = line_end_;
    const std::uint32_t parent = frames_.back().column;
    const bool is_wanted = wanted_ != nullptr;
    std::uint32_t indent = 0;
    std::uint32_t content_end = 0;  // of the last line that is not blank
    std::uint32_t first = 0;
    std::string decoded;
    std::uint32_t blank_lines = 0;
    while (next_ < size_) {
      const std::uint32_t before = next_;
      take_line();
      const std::uint32_t content = skip_spaces(line_);
      if (content == line_end_) {
        if (indent == 0 || content - line_ > indent) throw NotPlain();
        ++blank_lines;
        continue;
      }
      if (indent == 0) {
        indent = content - line_;
        first = content;
        if (indent <= parent) throw NotPlain();
      } else if (content - line_ < indent) {
        if (content - line_ > parent) throw NotPlain();
        next_ = before;
        break;
      }
      if (is_wanted) {
        decoded.append(blank_lines, '\n');
        decoded.append(slice({line_ + indent, line_end_}));
        decoded += '\n';
      }
      blank_lines = 0;
      content_end = last_content(line_end_);
      if (line_end_ == size_) throw NotPlain();  // no final line end to keep
    }
    if (indent == 0) throw NotPlain();
    if (strip && is_wanted) decoded.pop_back();
    const std::uint32_t node = add_node(NodeKind::Scalar);
    if (node != kNoNode) {
      nodes_[node].style = ScalarStyle::Literal;
      nodes_[node].text = texts_.emplace_front(std::move(decoded));
    }
    place(node, {first, content_end}, {begin, std::max(content_end, header_end)});
  }

  // Past the last character before `end` that is no space.
  [[nodiscard]] std::uint32_t last_content(std::uint32_t end) const {
    while (peek(end - 1) == ' ') --end;
    return end;
  }

  const Slice& source_;
  const char* data_;
  std::uint32_t size_;
  const ReadLimits& limits_;
  const Outline& root_;
  const Outline* wanted_;  // of the node to be read next; null: nothing
  std::uint32_t max_nodes_;
  std::vector<Node>& nodes_;
  std::vector<std::uint32_t>& links_;
  std::vector<Frame>& frames_;
  std::vector<std::uint32_t>& children_;
  std::forward_list<std::string> texts_;
  std::uint32_t next_ = 0;  // start of the line after this one
  std::uint32_t line_ = 0;
  std::uint32_t line_end_ = 0;
  std::uint32_t content_ = 0;     // first character of the line that is no space
  ByteClasses::Window window_{};  // from the line's start on
  bool short_ = false;            // the line and its end are in the window
  bool marked_ = false;
  bool may_go_on_ = false;  // a plain scalar that is not wanted, in the next line
  Pending pending_;
  std::uint32_t last_end_ = 0;  // of the last node read
  std::uint32_t flow_depth_ = 0;
};

}  // namespace

bool is_null_word(std::string_view text) { return is_null(text); }

std::optional<Document> PlainYamlReader::read(std::string_view text, const ByteClasses& classes,
                                              ByteRange document, const ReadLimits& limits,
                                              const Outline& wanted) {
  const Slice slice{text.substr(document.begin, document.size()), classes, document.begin};
  if (document.size() > limits.max_bytes || !has_plain_characters(slice)) return std::nullopt;
  try {
    return PlainReader(slice, limits, wanted, memory_).read();
  } catch (const NotPlain&) {
    if (memory_.nodes.size() > ReadLimits::kFewestValues) memory_ = {};  // room for the full reader
    return std::nullopt;
  }
}

void PlainYamlReader::recycle(Document&& document) {
  memory_.nodes = document.take_nodes();
  memory_.links = document.take_links();
}

std::optional<Document> read_plain_yaml(std::string_view text, const ReadLimits& limits,
                                        const Outline& wanted) {
  if (text.size() > limits.max_bytes) return std::nullopt;
  const ByteRange all{0, static_cast<std::uint32_t>(text.size())};
  return PlainYamlReader().read(text, ByteClasses(text), all, limits, wanted);
}

}  // namespace workspace::yaml
