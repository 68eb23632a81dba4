#include "workspace/yaml/reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <forward_list>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "workspace/text/utf8.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/json_reader.h"

// Known differences from go-yaml, found by differential fuzzing (of manifests with up to four mutations,
// fewer than one document in a thousand reads differently).
// We refuse and go-yaml reads:
//   - a plain scalar over lines, as a sequence item or root, behind an anchor or a tag on its first line;
//   - `{a` or `{"a"` with the line's end before the `,` or `}`; `{a: b:}`; `{?a: b}`; `[a :b]`;
//   - a block scalar at the column of the `-` above it; a BOM inside a line, before a key or item;
//   - `*a:` without a space for an alias as a key; names and tags with rarer characters than letters.
// We read and go-yaml refuses: `...` after no content; a `\/` in double quotes (JSON has it).
// We read otherwise: `{a:}` is the key `a` and null (go-yaml: the key `a:`), which half-typed text wants;
// blank lines next to a quote; blanks at the text's very end in a folded scalar; NEL, LS and PS are no line
// ends; a tag alone in the document is null, not "".
namespace workspace::yaml {
namespace {

// yaml-cpp queues every token of an unfinished flow collection before it reports the first; go-yaml's limit.
constexpr std::uint32_t kMaxOpenBrackets = 10000;

// Leaves yaml-cpp from inside an event; offsets are those of NormalText.
struct Refused {
  Problem problem;
};

// What a problem says of the limit that it has met.
std::string named(const ReadLimits& limits, std::string message, std::string_view setting) {
  return limits.are_settings ? fmt::format("{} (limits.{})", message, setting) : std::move(message);
}

[[noreturn]] void refuse(std::string message, ByteRange range) { throw Refused{{std::move(message), range}}; }

[[noreturn]] void refuse_values(const ReadLimits& limits, std::uint32_t at) {
  const std::string message = fmt::format("more than {} values in one document", limits.max_costly_values());
  refuse(named(limits, message, "documentSize"), {at, at + 1});
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\n'; }
bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

// The text as yaml-cpp gets it: without a BOM before a line and with every line end a "\n" (it would not take
// a lone "\r" for one). Knows the way back to the original offsets.
class NormalText {
 public:
  explicit NormalText(std::string_view original) : size_(static_cast<std::uint32_t>(original.size())) {
    if (original.starts_with(utf8::kByteOrderMark)) {
      bom_ = static_cast<std::uint32_t>(utf8::kByteOrderMark.size());
      original.remove_prefix(utf8::kByteOrderMark.size());
    }
    text_ = original;
    const bool is_normal = original.find('\r') == std::string_view::npos &&
                           original.find(utf8::kByteOrderMark) == std::string_view::npos;
    if (!is_normal) copy_normal(original);
  }
  NormalText(const NormalText&) = delete;
  NormalText& operator=(const NormalText&) = delete;

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint32_t original(std::uint32_t offset) const {
    const auto dropped = std::lower_bound(dropped_.begin(), dropped_.end(), offset) - dropped_.begin();
    return std::min(bom_ + offset + static_cast<std::uint32_t>(dropped), size_);
  }
  [[nodiscard]] ByteRange original(ByteRange range) const {
    return {original(range.begin), original(range.end)};
  }

 private:
  void copy_normal(std::string_view original) {
    copy_.reserve(original.size());
    for (std::size_t i = 0; i < original.size(); ++i) {
      const bool is_mark =
          !copy_.empty() && copy_.back() == '\n' && original.substr(i).starts_with(utf8::kByteOrderMark);
      if (is_mark) {
        const auto line_end = static_cast<std::uint32_t>(copy_.size() - 1);
        dropped_.insert(dropped_.end(), utf8::kByteOrderMark.size(), line_end);
        i += utf8::kByteOrderMark.size() - 1;
      } else if (original[i] != '\r') {
        copy_ += original[i];
      } else if (i + 1 < original.size() && original[i + 1] == '\n') {
        dropped_.push_back(static_cast<std::uint32_t>(copy_.size()));
      } else {
        copy_ += '\n';
      }
    }
    text_ = copy_;
  }

  std::uint32_t size_;
  std::uint32_t bom_ = 0;
  std::string copy_;
  std::string_view text_;
  std::vector<std::uint32_t> dropped_;  // for each byte left out the offset of the "\n" before or behind it
};

// Reads the raw characters that yaml-cpp's start marks point at.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {}

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(text_.size()); }
  [[nodiscard]] char at(std::uint32_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  [[nodiscard]] std::string_view slice(ByteRange range) const {
    return text_.substr(range.begin, range.size());
  }
  [[nodiscard]] bool has(std::uint32_t offset, std::string_view expected) const {
    return offset <= text_.size() && text_.substr(offset, expected.size()) == expected;
  }

  // Past white space, line ends and comments.
  [[nodiscard]] std::uint32_t skip_space(std::uint32_t offset) const {
    while (offset < size()) {
      if (is_space(text_[offset])) {
        ++offset;
      } else if (text_[offset] == '#') {
        offset = line_end(offset);
      } else {
        break;
      }
    }
    return offset;
  }

  [[nodiscard]] std::uint32_t column(std::uint32_t offset) const {
    const std::size_t line_feed = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    return line_feed == std::string_view::npos ? offset : offset - static_cast<std::uint32_t>(line_feed) - 1;
  }

  [[nodiscard]] std::uint32_t skip_blanks(std::uint32_t offset) const {
    while (is_blank(at(offset))) ++offset;
    return offset;
  }

  [[nodiscard]] std::uint32_t line_end(std::uint32_t offset) const {
    return static_cast<std::uint32_t>(std::min(text_.find('\n', offset), text_.size()));
  }

  // Past the quote that closes the one at `offset`. yaml-cpp lets the end of the text close it.
  [[nodiscard]] std::uint32_t quoted_end(std::uint32_t offset) const {
    const char quote = at(offset);
    const std::uint32_t opened = offset;
    for (++offset; offset < size(); ++offset) {
      if (text_[offset] == '\\' && quote == '"') {
        ++offset;
      } else if (text_[offset] == quote) {
        if (quote == '"' || at(offset + 1) != quote) return offset + 1;
        ++offset;
      }
    }
    refuse("the quote is not closed", {opened, opened + 1});
  }

  // Where the characters of a plain or block scalar stand from `offset` on: folding and chomping change only
  // white space. Refuses text that the value was not written with.
  [[nodiscard]] ByteRange written(std::uint32_t offset, std::string_view value) const {
    if (has(offset, value)) return trimmed({offset, offset + static_cast<std::uint32_t>(value.size())});
    ByteRange found{offset, offset};
    std::uint32_t at_source = offset;
    for (const char c : value) {
      if (is_space(c)) continue;
      while (is_space(at(at_source))) ++at_source;
      if (at(at_source) != c) refuse("the text of this value could not be traced", {offset, offset});
      if (found.empty()) found.begin = at_source;
      found.end = ++at_source;
    }
    return found;
  }

 private:
  [[nodiscard]] ByteRange trimmed(ByteRange range) const {
    while (!range.empty() && is_space(text_[range.end - 1])) --range.end;
    while (!range.empty() && is_space(text_[range.begin])) ++range.begin;
    return range;
  }

  std::string_view text_;
};

// yaml-cpp writes the escapes `\N` and `\_` as one byte of Latin-1.
void repair_utf8(std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(text, at, code_point);
    if (length == 0) text.insert(at, 1, '\xC2');
    at += length == 0 ? 2 : length;
  }
}

// A node while its document is being read.
struct Draft : Node {
  std::string text;
  std::vector<std::uint32_t> children;
};

// Reports whether a mapping has a key more than once, as written; `<<` aside.
bool repeats_keys(const std::vector<Draft>& drafts) {
  std::vector<std::string_view> keys;
  return std::any_of(drafts.begin(), drafts.end(), [&](const Draft& mapping) {
    if (mapping.kind != NodeKind::Mapping) return false;
    keys.clear();
    for (std::size_t i = 0; i < mapping.children.size(); i += 2) {
      const Draft& written = drafts[mapping.children[i]];
      if (!written.merge)
        keys.push_back(written.kind == NodeKind::Alias ? drafts[written.target].text : written.text);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  });
}

Document finished(std::vector<Draft> drafts) {
  const bool repeats = repeats_keys(drafts);
  std::vector<Node> nodes(drafts.begin(), drafts.end());
  std::vector<std::uint32_t> links;
  std::forward_list<std::string> texts;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Draft& draft = drafts[i];
    nodes[i].children = {static_cast<std::uint32_t>(links.size()),
                         static_cast<std::uint32_t>(draft.children.size())};
    links.insert(links.end(), draft.children.begin(), draft.children.end());
    if (!draft.text.empty()) nodes[i].text = texts.emplace_front(std::move(draft.text));
  }
  return {std::move(nodes), std::move(links), std::move(texts), 0, repeats};
}

// Turns yaml-cpp's events into nodes with ranges.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const ReadLimits& limits) : source_(text), limits_(limits) {
    reserve_values(nodes_, text.size(), limits.max_costly_values());
  }

  // After the last event; there is none for a text of comments.
  [[nodiscard]] std::vector<Draft> take_nodes() {
    check_gap(cursor_, source_.size());
    refuse_alias_bomb();
    return std::move(nodes_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!nodes_.empty()) refuse("text after the end of the document", {offset(mark), offset(mark)});
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t index = add_node(NodeKind::Scalar, mark, anchor);
    nodes_[index].null = true;
    place_null(index, offset(mark), Properties{anchor != 0, frames_.empty()});  // tagged roots end up here
    finish(index);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t index = add_node(NodeKind::Alias, mark, 0);
    Draft& node = nodes_[index];
    node.range = node.outer = {offset(mark), name_end(offset(mark))};
    check_gap(cursor_, node.outer.begin);
    node.target = anchors_.at(anchor - 1);
    const auto is_target = [&](const Frame& frame) { return frame.node == node.target; };
    if (std::any_of(frames_.begin(), frames_.end(), is_target))
      refuse("the anchor's value contains itself", node.range);
    finish(index);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::uint32_t index = add_node(NodeKind::Scalar, mark, anchor);
    nodes_[index].text = value;
    nodes_[index].merge = tag == "tag:yaml.org,2002:merge";
    nodes_[index].null = tag == "tag:yaml.org,2002:null";
    place_scalar(index, Properties{anchor != 0, tag != "?"});
    nodes_[index].merge |= tag == "?" && nodes_[index].style == ScalarStyle::Plain;
    nodes_[index].merge &= value == "<<";
    finish(index);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(NodeKind::Sequence, mark, Properties{anchor != 0, tag != "?"}, anchor, style);
  }
  void OnSequenceEnd() override { close(']'); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(NodeKind::Mapping, mark, Properties{anchor != 0, tag != "?"}, anchor, style);
  }
  void OnMapEnd() override { close('}'); }

 private:
  struct Frame {
    std::uint32_t node;
    std::uint32_t min_column;  // of a line that continues a plain scalar in here
    bool braced;               // a flow collection with brackets (a pair in a flow sequence has none)
  };
  struct Properties {
    bool anchor;
    bool tag;
  };

  // yaml-cpp marks the end of the stream past its end.
  [[nodiscard]] std::uint32_t offset(const YAML::Mark& mark) const {
    return std::min(static_cast<std::uint32_t>(std::max(mark.pos, 0)), source_.size());
  }

  [[nodiscard]] bool in_mapping() const {
    return !frames_.empty() && nodes_[frames_.back().node].kind == NodeKind::Mapping;
  }
  // While a node is being read it is its parent's last child already.
  [[nodiscard]] bool is_key() const {
    return in_mapping() && nodes_[frames_.back().node].children.size() % 2 == 1;
  }

  std::uint32_t add_node(NodeKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    if (index >= limits_.max_costly_values()) refuse_values(limits_, offset(mark));
    nodes_.emplace_back();
    nodes_[index].kind = kind;
    nodes_[index].outer.begin = offset(mark);
    if (!frames_.empty()) nodes_[frames_.back().node].children.push_back(index);
    if (anchor != 0) {
      anchors_.resize(std::max(anchors_.size(), anchor));
      anchors_[anchor - 1] = index;
    }
    return index;
  }

  // Past the anchor and the tag at `at`; `end` becomes the end of the last one.
  std::uint32_t skip_properties(std::uint32_t at, Properties properties, std::uint32_t& end) {
    for (end = at;;) {
      if (properties.anchor && source_.at(at) == '&') {
        properties.anchor = false;
        end = name_end(at);
      } else if (properties.tag && source_.at(at) == '!') {
        properties.tag = false;
        end = tag_end(at);
      } else {
        return at;
      }
      at = source_.skip_space(end);
      check_gap(end, at);
    }
  }

  [[nodiscard]] bool in_flow() const { return !frames_.empty() && nodes_[frames_.back().node].flow; }

  // Whether a name may end before `next`; go-yaml knows fewer name characters than yaml-cpp.
  [[nodiscard]] bool is_word_end(std::uint32_t next) const {
    const char c = source_.at(next);
    return next >= source_.size() || is_space(c) || (in_flow() && (c == ',' || c == ']' || c == '}'));
  }

  [[nodiscard]] std::uint32_t skip_name(std::uint32_t at) const {
    while (is_name_character(source_.at(at))) ++at;
    return at;
  }

  // Past the anchor or alias at `at`.
  [[nodiscard]] std::uint32_t name_end(std::uint32_t at) const {
    const std::uint32_t end = skip_name(at + 1);
    if (!is_word_end(end)) refuse("an anchor's name has letters, digits, `-` and `_` only", {at, end});
    return end;
  }

  // Past the tag at `at`. go-yaml wants white space after it; of tags with characters that it and yaml-cpp
  // disagree on (quotes, brackets, commas, escapes) we read none.
  [[nodiscard]] std::uint32_t tag_end(std::uint32_t at) const {
    std::uint32_t end = at;
    while (end < source_.size() && !is_space(source_.at(end))) ++end;
    const std::string_view tag = source_.slice({at, end});
    const auto is_tag_character = [](char c) {
      return is_name_character(c) || std::string_view("!./:=").find(c) != std::string_view::npos;
    };
    const bool verbatim = tag.starts_with("!<") && tag.find('>') == tag.size() - 1;
    if (!verbatim && !std::all_of(tag.begin(), tag.end(), is_tag_character)) {
      refuse("this tag cannot be read", {at, end});
    }
    const std::uint32_t handle_end = skip_name(at + 1);
    const bool named_handle = handle_end > at + 1 && source_.at(handle_end) == '!';
    if (named_handle && !declares_tags_) refuse("the tag's handle is not declared", {at, end});
    return end;
  }

  // The column below which a plain scalar's further lines end it.
  [[nodiscard]] std::uint32_t min_column() const { return frames_.empty() ? 0 : frames_.back().min_column; }

  // The further lines of a plain scalar, and the white space that go-yaml takes for a part of it.
  void check_continuation(std::uint32_t from, std::uint32_t to, std::uint32_t min_column) const {
    bool line_start = false;
    std::uint32_t line = from;
    for (std::uint32_t at = from; at < to; ++at) {
      const char c = source_.at(at);
      if (c == '\t' && line_start && at - line < min_column) refuse_tab(at);
      line_start = c == '\n' || (line_start && is_blank(c));
      if (c == '\n') line = at + 1;
    }
  }

  [[noreturn]] static void refuse_tab(std::uint32_t at) { refuse("tabs must not indent", {at, at + 1}); }

  // What stands between two nodes: white space, comments, separators, and the lines around a document.
  void check_gap(std::uint32_t at, std::uint32_t to) {
    // go-yaml eats no tab where a block key could start.
    bool key_may_start = at == 0 || (source_.at(at - 1) == '-' && nodes_.back().range.empty());
    if (plain_tail_column_) {
      while (at < to && is_space(source_.at(at))) ++at;
      check_continuation(cursor_, at, *plain_tail_column_);
      plain_tail_column_.reset();
    }
    for (; at < to; ++at) {
      const char c = source_.at(at);
      const bool line_start = at == 0 || source_.at(at - 1) == '\n';
      if (c == '#') {
        at = source_.line_end(at) - 1;
      } else if (c == '%' && line_start) {
        at = check_directive(at) - 1;
      } else if (line_start && (source_.has(at, "---") || source_.has(at, "..."))) {
        at += 2;
        needs_marker_ = key_may_start = false;
      } else if (c == '\n' || c == '-' || c == '?') {
        key_may_start = true;
      } else if (c == ':') {
        key_may_start = false;
      } else if (c == '\t' && key_may_start && !in_flow()) {
        refuse_tab(at);
      }
    }
    if (needs_marker_) refuse("expected `---` after the directives", {at, at});
  }

  // Directives stand before a document only, and go-yaml knows two.
  std::uint32_t check_directive(std::uint32_t at) {
    const ByteRange line{at, source_.line_end(at)};
    std::istringstream words{std::string(source_.slice(line))};
    std::string name;
    std::string version;
    words >> name >> version;
    const bool known = name == "%TAG" || (name == "%YAML" && version == "1.1");
    if (!nodes_.empty() && cursor_ > 0) refuse("a directive inside a document", line);
    if (!known) refuse("only `%YAML 1.1` and `%TAG` directives are known", line);
    declares_tags_ |= name == "%TAG";
    needs_marker_ = true;
    return line.end;
  }

  // Where an empty node stands: right after the `:` or `-` or `,` that calls for it.
  [[nodiscard]] std::uint32_t after_separator() const {
    const std::uint32_t at = source_.skip_space(cursor_);
    const char separator = source_.at(at);
    if (in_mapping()) return separator == ':' && !is_key() ? at + 1 : cursor_;
    const bool separated = !frames_.empty() && (separator == '-' || separator == ',');
    return separated ? at + 1 : cursor_;
  }

  // Whether nothing that belongs to a plain scalar follows `end`.
  [[nodiscard]] bool is_scalar_end(std::uint32_t end) const {
    const std::uint32_t next = source_.skip_blanks(end);
    const char c = source_.at(next);
    if (next >= source_.size() || c == '\n' || (c == '#' && next > end)) return true;
    return in_flow() && (c == ',' || c == ']' || c == '}');
  }

  // Whether a scalar that ends at `end` is a key, so that the value which yaml-cpp reports before it is
  // empty.
  [[nodiscard]] bool is_next_key(std::uint32_t end) const {
    return !is_key() && source_.at(source_.skip_blanks(end)) == ':';
  }

  // yaml-cpp also reports a null key for one without `:` in a flow mapping, as in `{"a"` and a line's end.
  [[noreturn]] void refuse_null_key(std::uint32_t mark) const {
    const bool only_key =
        in_flow() && source_.at(mark) != ':' && source_.at(mark) != '?' && source_.at(mark) != ',';
    refuse(only_key ? "expected `:` after this key" : "a mapping key must not be null", {mark, mark});
  }

  void place_null(std::uint32_t index, std::uint32_t mark, Properties properties) {
    if (is_key()) refuse_null_key(mark);
    const std::uint32_t empty_at = after_separator();
    check_gap(cursor_, properties.anchor ? mark : empty_at);
    std::uint32_t properties_end = 0;
    const std::uint32_t at = skip_properties(mark, properties, properties_end);
    Draft& node = nodes_[index];
    std::uint32_t end = at;
    while (end < source_.size() && (is_name_character(source_.at(end)) || source_.at(end) == '~')) ++end;
    if (mark >= empty_at && is_null_word(source_.slice({at, end})) && is_scalar_end(end)) {
      if (properties_end == mark) check_gap(empty_at, mark);
      node.range = {at, end};
      node.text = source_.slice(node.range);
      node.outer = {mark, end};
    } else if (properties_end > mark) {
      node.range = {properties_end, properties_end};
      node.outer = {mark, properties_end};
    } else {
      if (in_flow() && !in_mapping()) refuse("expected a value before this", {mark, mark});
      node.range = node.outer = {empty_at, empty_at};
    }
  }

  void place_scalar(std::uint32_t index, Properties properties) {
    Draft& node = nodes_[index];
    check_gap(cursor_, node.outer.begin);
    std::uint32_t properties_end = 0;
    const std::uint32_t at = skip_properties(node.outer.begin, properties, properties_end);
    const char first = source_.at(at);
    if (first == '\'' || first == '"') {
      place_quoted(node, at);
      if (node.text.empty() && properties_end > node.outer.begin && is_next_key(node.range.end + 1)) {
        place_empty(node, properties_end);  // `a: !!str` before the key `""`
      }
    } else if (first == '|' || first == '>') {
      place_block(node, at);
    } else if (node.text.empty()) {
      place_empty(node, properties_end);
    } else if (first == ':' && in_flow()) {
      refuse("a plain scalar must not start with `:` here", {at, at + 1});
    } else {
      node.range = source_.written(at, node.text);
      node.outer.end = node.range.end;
      check_continuation(node.range.begin, node.range.end, min_column());
    }
  }

  static void place_empty(Draft& node, std::uint32_t end) {
    node.style = ScalarStyle::Plain;
    node.range = {end, end};
    node.outer.end = end;
  }

  void place_quoted(Draft& node, std::uint32_t at) const {
    node.style = source_.at(at) == '"' ? ScalarStyle::DoubleQuoted : ScalarStyle::SingleQuoted;
    node.outer.end = source_.quoted_end(at);
    node.range = {at + 1, node.outer.end - 1};
    const std::string_view written = source_.slice(node.range);
    if (written.find("\\N") != std::string_view::npos || written.find("\\_") != std::string_view::npos) {
      repair_utf8(node.text);
    }
  }

  void place_block(Draft& node, std::uint32_t at) const {
    node.style = source_.at(at) == '|' ? ScalarStyle::Literal : ScalarStyle::Folded;
    const std::uint32_t header_end = source_.line_end(at);
    node.range = source_.written(header_end, node.text);
    node.outer.end = std::max(node.range.end, header_end);
  }

  void open(NodeKind kind, const YAML::Mark& mark, Properties properties, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (frames_.size() >= limits_.max_depth) refuse_depth({offset(mark), offset(mark)});
    const std::uint32_t index = add_node(kind, mark, anchor);
    if (is_key()) refuse("a mapping key must be a scalar", {offset(mark), offset(mark)});
    check_gap(cursor_, offset(mark));
    std::uint32_t properties_end = 0;
    const std::uint32_t begin = skip_properties(offset(mark), properties, properties_end);
    nodes_[index].flow = style == YAML::EmitterStyle::Flow;
    nodes_[index].range.begin = begin;
    const char bracket = kind == NodeKind::Mapping ? '{' : '[';
    const bool braced = nodes_[index].flow && source_.at(begin) == bracket;
    const std::uint32_t column = nodes_[index].flow ? min_column() : source_.column(begin) + 1;
    frames_.push_back({index, column, braced});
    cursor_ = braced ? begin + 1 : begin;
  }

  [[noreturn]] void refuse_depth(ByteRange range) const {
    refuse(named(limits_, fmt::format("nested more than {} levels deep", limits_.max_depth), "depth"), range);
  }

  void close(char bracket) {
    const Frame frame = frames_.back();
    std::uint32_t end = cursor_;
    if (frame.braced) {
      end = source_.skip_space(end);
      if (source_.at(end) == ',') end = source_.skip_space(end + 1);
      if (source_.at(end) != bracket) refuse("the end of this value could not be traced", {end, end});
      check_gap(cursor_, end++);
    }
    frames_.pop_back();
    Draft& node = nodes_[frame.node];
    node.range.end = node.outer.end = end;
    if (node.flow && !frame.braced) join_colon(node);
    finish(frame.node);
  }

  // In `[2001:db8::]` yaml-cpp sees the pair `2001:db8:` and null, where go-yaml sees a scalar.
  void join_colon(Draft& pair) const {
    if (pair.kind != NodeKind::Mapping || pair.children.size() != 2) return;
    const Draft& key = nodes_[pair.children[0]];
    const Draft& value = nodes_[pair.children[1]];
    const bool joined = key.kind == NodeKind::Scalar && key.style == ScalarStyle::Plain &&
                        key.outer.begin == pair.outer.begin && value.outer.begin == key.outer.end + 1 &&
                        value.outer.empty() && source_.at(key.outer.end) == ':' &&
                        !is_space(source_.at(value.outer.end));
    if (!joined) return;
    pair.kind = NodeKind::Scalar;
    pair.flow = false;
    pair.text = key.text + ":";
    pair.children.clear();
  }

  // A node is complete: what go-yaml would say about it in its place.
  void finish(std::uint32_t index) {
    if (is_key()) {
      require_key(index);
    } else if (in_mapping() && !in_flow()) {
      require_indentation(nodes_[index]);
    }
    cursor_ = nodes_[index].outer.end;
    if (nodes_[index].kind == NodeKind::Scalar && nodes_[index].style == ScalarStyle::Plain) {
      if (!nodes_[index].range.empty()) plain_tail_column_ = min_column();
    }
    if (!in_mapping() || is_key()) return;
    const std::vector<std::uint32_t>& entries = nodes_[frames_.back().node].children;
    if (nodes_[entries[entries.size() - 2]].merge) require_mergeable(index);
  }

  [[nodiscard]] const Draft& resolved(std::uint32_t index) const {
    return nodes_[index].kind == NodeKind::Alias ? nodes_[nodes_[index].target] : nodes_[index];
  }

  void require_key(std::uint32_t index) const {
    const Draft& key = resolved(index);
    const ByteRange written = nodes_[index].outer;
    if (key.kind != NodeKind::Scalar) refuse("a mapping key must be a scalar", written);
    if (key.null) refuse("a mapping key must not be null", written);
    // yaml-cpp takes a line `key` of a block mapping for `key:`.
    const std::uint32_t begin = source_.skip_space(cursor_);
    const bool is_explicit = begin < written.begin && source_.at(begin) == '?';
    if (!in_flow() && !is_explicit && source_.at(source_.skip_blanks(written.end)) != ':') {
      refuse("expected `:` after this key", written);
    }
  }

  // Of what stands below its key rather than behind or under it, only block sequences and block scalars are
  // values; go-yaml takes all else for the next key.
  void require_indentation(const Draft& value) const {
    const char first = source_.at(value.outer.begin);
    const bool block_scalar = value.kind == NodeKind::Scalar && (first == '|' || first == '>');
    const bool block_sequence = value.kind == NodeKind::Sequence && !value.flow && first == '-';
    if (block_scalar || block_sequence) return;
    const bool quoted = value.kind == NodeKind::Scalar && value.style != ScalarStyle::Plain;
    const std::uint32_t content = value.range.begin - (quoted && value.range.begin > 0 ? 1 : 0);
    const bool is_written = value.flow || value.kind == NodeKind::Scalar;
    const std::uint32_t second = is_written ? content : value.outer.begin;
    if (std::min(source_.column(value.outer.begin), source_.column(second)) >= min_column()) return;
    refuse("expected `:` after this key", value.outer);
  }

  void require_mergeable(std::uint32_t index) const {
    const auto is_mapping = [&](std::uint32_t node) { return resolved(node).kind == NodeKind::Mapping; };
    const Draft& value = nodes_[index];
    const bool sequence_of_mappings = value.kind == NodeKind::Sequence &&
                                      std::all_of(value.children.begin(), value.children.end(), is_mapping);
    if (!is_mapping(index) && !sequence_of_mappings) {
      refuse("`<<` needs a mapping or a sequence of mappings", value.range);
    }
  }

  // What a walk over a value meets, aliases followed.
  struct Extent {
    std::uint32_t visited = 0;  // nodes; at UINT32_MAX: at least so many
    std::uint32_t depth = 0;    // nesting of collections
  };

  void refuse_alias_bomb() {
    if (anchors_.empty()) return;
    std::vector<Extent> extents(nodes_.size());
    const Extent root = measure(0, extents);
    if (root.depth > limits_.max_depth) refuse_depth(nodes_[0].range);
    const std::uint32_t most = limits_.max_alias_expansion;
    if (root.visited <= most + std::uint64_t{nodes_.size()}) return;
    refuse(named(limits_, fmt::format("aliases expand to more than {} values", most), "aliasedValues"),
           nodes_[0].range);
  }

  // Recursion is bounded by max_depth: an alias' target is measured before the alias is met.
  Extent measure(std::uint32_t index, std::vector<Extent>& extents) const {
    const Draft& node = nodes_[index];
    std::uint64_t visited = 1;
    std::uint32_t depth = 0;
    if (node.kind == NodeKind::Alias) {
      visited += extents[node.target].visited;
      depth = extents[node.target].depth;
    } else if (node.kind != NodeKind::Scalar) {
      for (const std::uint32_t child : node.children) {
        const Extent inner = measure(child, extents);
        visited += inner.visited;
        depth = std::max(depth, inner.depth);
      }
      ++depth;
    }
    return extents[index] = {static_cast<std::uint32_t>(std::min<std::uint64_t>(visited, UINT32_MAX)), depth};
  }

  Source source_;
  ReadLimits limits_;
  std::vector<Draft> nodes_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> anchors_;              // node of yaml-cpp's anchor n at n - 1
  std::uint32_t cursor_ = 0;                        // end of the last node read
  std::optional<std::uint32_t> plain_tail_column_;  // min_column of a plain scalar that ends at cursor_
  bool needs_marker_ = false;                       // directives call for a `---`
  bool declares_tags_ = false;                      // by a %TAG directive
};

bool is_printable(std::uint32_t code_point) {
  if (code_point < 0x20) return code_point == '\t' || code_point == '\n';
  if (code_point < 0x7F || code_point == 0x85) return true;
  return code_point >= 0xA0 && code_point != 0xFFFE && code_point != 0xFFFF;
}

// What go-yaml's reader refuses before any token, and what would make yaml-cpp queue without end.
// Of what stands in brackets yaml-cpp holds every token before it hands on the first; so many are counted
// here, roughly.
void check_characters(std::string_view text, const ReadLimits& limits) {
  std::uint32_t open_brackets = 0;
  std::uint32_t held = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto here = static_cast<std::uint32_t>(at);
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(text, at, code_point);
    if (length == 0) refuse("invalid UTF-8", {here, here + 1});
    if (!is_printable(code_point)) refuse("control characters are not allowed", {here, here + length});
    if (code_point == '[' || code_point == '{') ++open_brackets;
    if ((code_point == ']' || code_point == '}') && open_brackets > 0) --open_brackets;
    const bool is_held = code_point == ',' || code_point == ':' || code_point == '[' || code_point == '{';
    if (open_brackets > 0 && is_held && ++held > limits.max_costly_values()) refuse_values(limits, here);
    if (open_brackets > kMaxOpenBrackets) refuse("too many open brackets", {here, here + 1});
    at += length;
  }
}

// yaml-cpp takes the column of an anchor or tag at the beginning of a line for the indentation of the block
// scalar behind it, and refuses the text. Joins such lines to the `key:` or `-` above by blanks, which moves
// nothing. Empty: there are none.
std::string with_headers_joined(std::string_view text) {
  std::string joined;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const std::size_t last = text.find_last_not_of(' ', end == 0 ? 0 : end - 1);
    const std::size_t first = text.find_first_not_of(' ', end + 1);
    if (last == std::string_view::npos || first == std::string_view::npos) continue;
    if ((text[last] != ':' && text[last] != '-') || (text[first] != '&' && text[first] != '!')) continue;
    const std::string_view line = text.substr(first, text.find('\n', first) - first);
    const std::size_t word = line.find_last_of(' ', line.find_last_not_of(' '));
    if (word == std::string_view::npos || (line[word + 1] != '|' && line[word + 1] != '>')) continue;
    if (joined.empty()) joined = text;
    joined[end] = ' ';
  }
  return joined;
}

std::vector<Draft> read_nodes(std::string_view text, std::string_view written, const ReadLimits& limits) {
  TreeBuilder builder(written, limits);
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
  return builder.take_nodes();
}

std::vector<Draft> read_nodes(std::string_view text, const ReadLimits& limits) {
  check_characters(text, limits);
  try {
    return read_nodes(text, text, limits);
  } catch (const YAML::Exception&) {
    const std::string joined = with_headers_joined(text);
    if (joined.empty()) throw;
    return read_nodes(joined, text, limits);
  }
}

// yaml-cpp's sentences name its own states; these name what to do.
std::string message_for(const std::string& message) {
  static constexpr std::pair<std::string_view, std::string_view> kMessages[] = {
      {"bad file", "nested too deeply"},  // yaml-cpp's own limit
      {"end of map not found", "expected a key at the indentation of the mapping"},
      {"end of map flow not found", "expected `,` or `}`"},
      {"end of sequence not found", "expected `-` at the indentation of the sequence"},
      {"end of sequence flow not found", "expected `,` or `]`"},
      {"illegal block entry", "a sequence item is not allowed here"},
      {"illegal EOF in scalar", "the quote is not closed"},
      {"illegal flow end", "unexpected closing bracket"},
      {"illegal map key", "a mapping key is not allowed here"},
      {"illegal map value", "a mapping value is not allowed here"},
      {"the referenced anchor is not defined", "no anchor of this name stands above"},
      {"unknown token", "no value can start with this character"},
  };
  for (const auto& [theirs, ours] : kMessages) {
    if (message == theirs) return std::string(ours);
  }
  return message;
}

// From the place that yaml-cpp complains about to the end of that word.
ByteRange word_at(std::string_view text, int position) {
  const auto begin = std::min(static_cast<std::size_t>(std::max(position, 0)), text.size());
  const auto end = std::min(text.find_first_of(" \t\n", begin), text.size());
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace

std::variant<Document, Problem> read_yaml(std::string_view text, const ReadLimits& limits) {
  if (begins_as_json(text)) {
    if (std::optional<Document> json = read_json(text, limits)) return *std::move(json);
  }
  if (std::optional<Document> plain = read_plain_yaml(text, limits)) return *std::move(plain);
  return read_any_yaml(text, limits);
}

std::variant<Document, Problem> read_any_yaml(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Problem{
        named(limits, fmt::format("the document is larger than {} bytes", limits.max_bytes), "documentSize"),
        {}};
  }
  const NormalText normal(text);
  Problem problem;
  try {
    std::vector<Draft> nodes = read_nodes(normal.text(), limits);
    if (nodes.empty()) nodes.emplace_back().null = true;  // nothing but comments
    for (Draft& node : nodes) {
      node.range = normal.original(node.range);
      node.outer = normal.original(node.outer);
    }
    return finished(std::move(nodes));
  } catch (const Refused& refused) {
    problem = refused.problem;
  } catch (const YAML::Exception& error) {
    problem = {message_for(error.msg), word_at(normal.text(), error.mark.pos)};
  }
  problem.range = normal.original(problem.range);
  return problem;
}

}  // namespace workspace::yaml
