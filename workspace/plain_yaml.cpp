#include "workspace/plain_yaml.h"

#include <algorithm>
#include <cstring>
#include <forward_list>
#include <string>
#include <utility>
#include <vector>

#include "workspace/utf8.h"

namespace workspace::yaml {
namespace {

constexpr std::uint32_t kMaxFlowDepth = 16;
constexpr std::uint32_t kMaxKeySize = 128;     // YAML's own limit for a key on one line is 1024
constexpr std::ptrdiff_t kMaxBrackets = 5000;  // below the full reader's limit of open ones

enum CharClass : std::uint8_t {
  Word = 1,        // may stand anywhere in a plain scalar, also in a flow collection
  WordStart = 2,   // may start one
  PlainStart = 4,  // may start one outside of flow collections
};

struct CharTable {
  std::uint8_t of[256] = {};
  constexpr CharTable() {
    const auto mark = [this](std::string_view characters, unsigned classes) {
      for (const char c : characters) of[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(classes);
    };
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./", Word | WordStart | PlainStart);
    mark("-", Word);
    mark("($+;^", PlainStart);
  }
};
constexpr CharTable kChars;

bool is(char c, CharClass wanted) { return (kChars.of[static_cast<unsigned char>(c)] & wanted) != 0; }

// Thrown away by the caller; never leaves this file.
struct NotPlain {};

// Only characters that are letters to everybody: what some readers take for line ends or refuse is not.
bool is_plain_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(text, at, code_point);
    const bool plain =
        code_point < 0x80 || (code_point >= 0xA0 && (code_point < 0x2028 || code_point > 0x2029) &&
                              (code_point & 0xFFFEU) != 0xFFFE && code_point != 0xFEFF);
    if (length == 0 || !plain) return false;
    at += length;
  }
  return true;
}

// Characters that mean nothing special anywhere: no tabs, CRs, control characters; and not too many brackets.
// Written so that compilers turn it into vector instructions.
bool has_plain_characters(std::string_view text) {
  std::uint8_t control = 0;
  std::uint8_t wide = 0;
  for (const char character : text) {
    const auto c = static_cast<std::uint8_t>(character);
    const std::uint8_t low = c < 0x20 ? 1 : 0;
    const std::uint8_t not_feed = c != '\n' ? 1 : 0;
    const std::uint8_t del = c == 0x7F ? 1 : 0;
    control |= static_cast<std::uint8_t>((low & not_feed) | del);
    wide |= c;
  }
  if (control != 0) return false;
  if (text.size() > static_cast<std::size_t>(kMaxBrackets)) {
    const auto brackets =
        std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{');
    if (brackets > kMaxBrackets) return false;
  }
  return (wide & 0x80U) == 0 || is_plain_utf8(text);
}

class PlainReader {
 public:
  PlainReader(std::string_view text, const ReadLimits& limits) : text_(text), limits_(limits) {
    nodes_.reserve(text.size() / 10 + 4);
    links_.reserve(text.size() / 10 + 4);
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
  struct Frame {
    std::uint32_t node;
    std::uint32_t column;
    std::uint32_t first_child;  // in children_
    bool mapping;
  };
  // A key or `-` whose value has not come yet.
  struct Pending {
    bool is = false;
    std::uint32_t at = 0;  // after the `:` or `-`
  };

  [[nodiscard]] char at(std::uint32_t offset) const { return offset < line_end_ ? text_[offset] : '\n'; }
  [[nodiscard]] std::uint32_t skip_spaces(std::uint32_t offset) const {
    while (offset < line_end_ && text_[offset] == ' ') ++offset;
    return offset;
  }
  [[nodiscard]] std::string_view slice(ByteRange range) const {
    return text_.substr(range.begin, range.size());
  }

  // Is there nothing but a comment from `offset` on? What a comment follows ends before a blank.
  [[nodiscard]] bool is_line_rest(std::uint32_t offset) const {
    const std::uint32_t next = skip_spaces(offset);
    return next == line_end_ || (text_[next] == '#' && next > offset);
  }
  void require_line_rest(std::uint32_t offset) const {
    if (!is_line_rest(offset)) throw NotPlain();
  }

  // ---- Lines

  // To the next line with content; false: there is none.
  bool next_line() {
    while (next_ < text_.size()) {
      take_line();
      content_ = skip_spaces(line_);
      if (content_ == line_end_ || text_[content_] == '#') continue;
      if (content_ == line_ && is_marker_line()) continue;
      return true;
    }
    return false;
  }

  void take_line() {
    line_ = next_;
    const void* feed = std::memchr(text_.data() + line_, '\n', text_.size() - line_);
    line_end_ = feed == nullptr ? static_cast<std::uint32_t>(text_.size())
                                : static_cast<std::uint32_t>(static_cast<const char*>(feed) - text_.data());
    next_ = line_end_ + (feed == nullptr ? 0 : 1);
  }

  // `---` before all content, alone in its line; all that is rarer is the full reader's.
  bool is_marker_line() {
    const std::string_view start = text_.substr(line_, 3);
    if (start == "..." || text_[line_] == '%') throw NotPlain();
    if (start != "---") return false;
    if (!nodes_.empty() || marked_) throw NotPlain();
    require_line_rest(line_ + 3);
    marked_ = true;
    return true;
  }

  // ---- Block structure

  void block_line() {
    const std::uint32_t column = content_ - line_;
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

  [[nodiscard]] bool is_dash(std::uint32_t offset) const {
    return text_[offset] == '-' && (offset + 1 == line_end_ || text_[offset + 1] == ' ');
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
    nodes_[node].range.begin = nodes_[node].outer.begin = begin;
    frames_.push_back({node, begin - line_, static_cast<std::uint32_t>(children_.size()), !dash});
    dash ? item(begin) : entry(begin);
  }

  void close_frame() {
    const Frame& frame = frames_.back();
    link_children(frame.node, frame.first_child);
    Node& node = nodes_[frame.node];
    node.range.end = node.outer.end = last_end_;
    frames_.pop_back();
  }

  void item(std::uint32_t dash) {
    const std::uint32_t begin = skip_spaces(dash + 1);
    if (begin == line_end_ || text_[begin] == '#') {
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
    const std::uint32_t colon = key(begin);
    const std::uint32_t after = skip_spaces(colon + 1);
    if (after == line_end_ || text_[after] == '#') {
      pending_ = {true, colon + 1};
    } else {
      value(after);
    }
  }

  void fill_pending() {
    if (!pending_.is) return;
    pending_.is = false;
    const std::uint32_t node = add_node(NodeKind::Scalar);
    nodes_[node].null = true;
    place(node, {pending_.at, pending_.at}, {pending_.at, pending_.at});
  }

  // ---- Nodes

  std::uint32_t add_node(NodeKind kind) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back().kind = kind;
    if (!frames_.empty() || flow_depth_ > 0) children_.push_back(index);
    return index;
  }

  void place(std::uint32_t node, ByteRange range, ByteRange outer) {
    nodes_[node].range = range;
    nodes_[node].outer = outer;
    last_end_ = outer.end;
  }

  // Makes what was added to children_ since `first` the children of `node`.
  void link_children(std::uint32_t node, std::uint32_t first) {
    const std::size_t begin = links_.size();
    links_.insert(links_.end(), children_.begin() + first, children_.end());
    nodes_[node].children = {static_cast<std::uint32_t>(begin),
                             static_cast<std::uint32_t>(links_.size() - begin)};
    children_.resize(first);
  }

  void add_scalar(ByteRange range, ByteRange outer, ScalarStyle style) {
    const std::uint32_t node = add_node(NodeKind::Scalar);
    nodes_[node].style = style;
    nodes_[node].text = slice(range);
    nodes_[node].null = style == ScalarStyle::Plain && is_null_word(nodes_[node].text);
    place(node, range, outer);
  }

  // ---- Keys and scalars

  // Past the characters of a word; `begin` if none starts there.
  [[nodiscard]] std::uint32_t word_end(std::uint32_t begin) const {
    if (begin >= line_end_ || !is(text_[begin], WordStart)) return begin;
    std::uint32_t end = begin + 1;
    while (end < line_end_ && is(text_[end], Word)) ++end;
    return end;
  }

  // Past the quote that closes the one at `begin`, on the same line and without escapes.
  [[nodiscard]] std::uint32_t quoted_end(std::uint32_t begin) const {
    const char quote = text_[begin];
    std::uint32_t end = begin + 1;
    while (at(end) != quote) {
      if (end >= line_end_ || (quote == '"' && text_[end] == '\\')) throw NotPlain();
      ++end;
    }
    if (at(end + 1) == quote) throw NotPlain();
    return end + 1;
  }

  [[nodiscard]] static bool is_quote(char c) { return c == '"' || c == '\''; }

  // Does `key:` stand there? Also true for much that `key` then gives up on.
  [[nodiscard]] bool is_entry(std::uint32_t begin) const {
    return is_colon(is_quote(text_[begin]) ? quoted_end(begin) : word_end(begin));
  }

  [[nodiscard]] bool is_colon(std::uint32_t offset) const {
    return at(offset) == ':' && (offset + 1 >= line_end_ || text_[offset + 1] == ' ');
  }

  // Reads a key and returns the place of its colon.
  std::uint32_t key(std::uint32_t begin) {
    const bool quoted = is_quote(text_[begin]);
    const std::uint32_t end = quoted ? quoted_end(begin) : word_end(begin);
    if (!is_colon(end) || end == begin || end - begin > kMaxKeySize) throw NotPlain();
    add_any_scalar(begin, end, quoted);
    if (nodes_.back().null) throw NotPlain();
    return end;
  }

  void add_any_scalar(std::uint32_t begin, std::uint32_t end, bool quoted) {
    if (!quoted) return add_scalar({begin, end}, {begin, end}, ScalarStyle::Plain);
    add_scalar({begin + 1, end - 1}, {begin, end},
               text_[begin] == '"' ? ScalarStyle::DoubleQuoted : ScalarStyle::SingleQuoted);
  }

  void value(std::uint32_t begin) {
    const char first = text_[begin];
    if (is_quote(first)) {
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
    const char first = text_[begin];
    const std::uint32_t word = begin + (at(begin) == '-' ? 1 : 0) + (at(begin + 1) == '-' ? 1 : 0);
    const bool signed_word = first == '-' && is(at(word), WordStart);  // -1, --flag
    const bool null_sign = first == '~';
    if (!is(first, PlainStart) && !signed_word && !null_sign) throw NotPlain();
    const std::uint32_t end = plain_end(begin);
    if (null_sign && end != begin + 1) throw NotPlain();
    add_scalar({begin, end}, {begin, end}, ScalarStyle::Plain);
  }

  [[nodiscard]] std::uint32_t plain_end(std::uint32_t begin) const {
    std::uint32_t end = begin;
    for (std::uint32_t i = begin; i < line_end_; ++i) {
      const char c = text_[i];
      if (c == ' ') continue;
      if (c == '#' && text_[i - 1] == ' ') break;
      if (c == ':' && (i + 1 == line_end_ || text_[i + 1] == ' ')) throw NotPlain();
      end = i + 1;
    }
    return end;
  }

  // ---- Flow collections on one line

  // Past the closing bracket.
  std::uint32_t flow(std::uint32_t begin) {
    if (++flow_depth_ > kMaxFlowDepth || frames_.size() + flow_depth_ > limits_.max_depth) throw NotPlain();
    const bool mapping = text_[begin] == '{';
    const char closing = mapping ? '}' : ']';
    const std::uint32_t node = add_node(mapping ? NodeKind::Mapping : NodeKind::Sequence);
    const auto first_child = static_cast<std::uint32_t>(children_.size());
    std::uint32_t offset = skip_spaces(begin + 1);
    while (at(offset) != closing || children_.size() > first_child) {
      if (mapping) offset = skip_spaces(flow_key(offset));
      offset = skip_spaces(flow_value(offset));
      if (at(offset) == closing) break;
      if (at(offset) != ',') throw NotPlain();
      offset = skip_spaces(offset + 1);
    }
    link_children(node, first_child);
    nodes_[node].flow = true;
    place(node, {begin, offset + 1}, {begin, offset + 1});
    --flow_depth_;
    return offset + 1;
  }

  std::uint32_t flow_key(std::uint32_t begin) {
    if (begin >= line_end_) throw NotPlain();
    const std::uint32_t colon = key(begin);
    if (colon + 1 >= line_end_) throw NotPlain();
    return colon + 1;
  }

  std::uint32_t flow_value(std::uint32_t begin) {
    if (begin >= line_end_) throw NotPlain();
    const char first = text_[begin];
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
    std::uint32_t indent = 0;
    std::uint32_t content_end = 0;  // of the last line that is not blank
    std::uint32_t first = 0;
    std::string decoded;
    std::uint32_t blank_lines = 0;
    while (next_ < text_.size()) {
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
      decoded.append(blank_lines, '\n');
      blank_lines = 0;
      decoded.append(text_.substr(line_ + indent, line_end_ - line_ - indent));
      decoded += '\n';
      content_end = last_content(line_end_);
      if (line_end_ == text_.size()) throw NotPlain();  // no final line end to keep
    }
    if (indent == 0) throw NotPlain();
    if (strip) decoded.pop_back();
    const std::uint32_t node = add_node(NodeKind::Scalar);
    nodes_[node].style = ScalarStyle::Literal;
    nodes_[node].text = texts_.emplace_front(std::move(decoded));
    place(node, {first, content_end}, {begin, std::max(content_end, header_end)});
  }

  // Past the last character before `end` that is no space.
  [[nodiscard]] std::uint32_t last_content(std::uint32_t end) const {
    while (text_[end - 1] == ' ') --end;
    return end;
  }

  std::string_view text_;
  const ReadLimits& limits_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> links_;
  std::forward_list<std::string> texts_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> children_;  // of all open collections, the innermost last
  std::uint32_t next_ = 0;               // start of the line after this one
  std::uint32_t line_ = 0;
  std::uint32_t line_end_ = 0;
  std::uint32_t content_ = 0;   // first character of the line that is no space
  std::uint32_t last_end_ = 0;  // of the last node read
  std::uint32_t flow_depth_ = 0;
  Pending pending_;
  bool marked_ = false;
};

}  // namespace

bool is_null_word(std::string_view text) {
  return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::optional<Document> read_plain_yaml(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.max_bytes || !has_plain_characters(text)) return std::nullopt;
  try {
    return PlainReader(text, limits).read();
  } catch (const NotPlain&) {
    return std::nullopt;
  }
}

}  // namespace workspace::yaml
