#include "workspace/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>
#include <vector>

namespace workspace::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// yaml-cpp queues every token of an unfinished flow collection before it reports the first; go-yaml's limit.
constexpr std::uint32_t kMaxOpenBrackets = 10000;

// Leaves yaml-cpp from inside an event; offsets are those of NormalText.
struct Refused {
  Problem problem;
};

[[noreturn]] void refuse(std::string message, ByteRange range) { throw Refused{{std::move(message), range}}; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\n'; }
bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

// The text as yaml-cpp gets it: without a BOM and with every line end a "\n" (it would not take a lone "\r"
// for one). Knows the way back to the original offsets.
class NormalText {
 public:
  explicit NormalText(std::string_view original) : size_(static_cast<std::uint32_t>(original.size())) {
    if (original.starts_with(kByteOrderMark)) {
      bom_ = static_cast<std::uint32_t>(kByteOrderMark.size());
      original.remove_prefix(kByteOrderMark.size());
    }
    text_ = original;
    if (original.find('\r') != std::string_view::npos) copy_with_line_feeds(original);
  }
  NormalText(const NormalText&) = delete;
  NormalText& operator=(const NormalText&) = delete;

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint32_t original(std::uint32_t offset) const {
    const auto dropped = std::lower_bound(shortened_.begin(), shortened_.end(), offset) - shortened_.begin();
    return std::min(bom_ + offset + static_cast<std::uint32_t>(dropped), size_);
  }
  [[nodiscard]] ByteRange original(ByteRange range) const {
    return {original(range.begin), original(range.end)};
  }

 private:
  void copy_with_line_feeds(std::string_view original) {
    copy_.reserve(original.size());
    for (std::size_t i = 0; i < original.size(); ++i) {
      if (original[i] != '\r') {
        copy_ += original[i];
      } else if (i + 1 < original.size() && original[i + 1] == '\n') {
        shortened_.push_back(static_cast<std::uint32_t>(copy_.size()));
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
  std::vector<std::uint32_t> shortened_;  // offsets of the "\n" that were "\r\n"
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

  [[nodiscard]] std::uint32_t skip_blanks(std::uint32_t offset) const {
    while (is_blank(at(offset))) ++offset;
    return offset;
  }

  [[nodiscard]] std::uint32_t line_end(std::uint32_t offset) const {
    return static_cast<std::uint32_t>(std::min(text_.find('\n', offset), text_.size()));
  }

  // Past the quote that closes the one at `offset`.
  [[nodiscard]] std::uint32_t quoted_end(std::uint32_t offset) const {
    const char quote = at(offset);
    for (++offset; offset < size(); ++offset) {
      if (text_[offset] == '\\' && quote == '"') {
        ++offset;
      } else if (text_[offset] == quote) {
        if (quote == '"' || at(offset + 1) != quote) return offset + 1;
        ++offset;
      }
    }
    return size();
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

bool is_null_word(std::string_view text) {
  return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Turns yaml-cpp's events into nodes with ranges.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const ReadLimits& limits) : source_(text), limits_(limits) {}

  [[nodiscard]] std::vector<Node> take_nodes() { return std::move(nodes_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!nodes_.empty()) refuse("text after the end of the document", {offset(mark), offset(mark)});
  }
  void OnDocumentEnd() override { refuse_alias_bomb(); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t index = add_node(NodeKind::Scalar, mark, anchor);
    nodes_[index].null = true;
    place_null(index, offset(mark), Properties{anchor != 0, false});
    finish(index);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t index = add_node(NodeKind::Alias, mark, 0);
    std::uint32_t end = offset(mark) + 1;
    while (is_name_character(source_.at(end))) ++end;
    Node& node = nodes_[index];
    node.range = node.outer = {offset(mark), end};
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
    bool braced;  // a flow collection with brackets (a pair in a flow sequence has none)
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
  std::uint32_t skip_properties(std::uint32_t at, Properties properties, std::uint32_t& end) const {
    for (end = at;;) {
      if (properties.anchor && source_.at(at) == '&') {
        properties.anchor = false;
        end = anchor_end(at);
      } else if (properties.tag && source_.at(at) == '!') {
        properties.tag = false;
        end = tag_end(at);
      } else {
        return at;
      }
      at = source_.skip_space(end);
    }
  }

  [[nodiscard]] std::uint32_t anchor_end(std::uint32_t at) const {
    std::uint32_t end = at + 1;
    while (is_name_character(source_.at(end))) ++end;
    return end;
  }

  [[nodiscard]] std::uint32_t tag_end(std::uint32_t at) const {
    const bool in_flow = !frames_.empty() && nodes_[frames_.back().node].flow;
    const std::string_view ends = in_flow ? std::string_view(",[]{}") : std::string_view();
    while (at < source_.size() && !is_space(source_.at(at)) &&
           ends.find(source_.at(at)) == std::string_view::npos)
      ++at;
    return at;
  }

  // Where an empty node stands: right after the `:` or `-` or `,` that calls for it.
  [[nodiscard]] std::uint32_t after_separator() const {
    const std::uint32_t at = source_.skip_space(cursor_);
    const char separator = source_.at(at);
    if (in_mapping()) return separator == ':' && !is_key() ? at + 1 : cursor_;
    const bool separated = !frames_.empty() && (separator == '-' || separator == ',');
    return separated ? at + 1 : cursor_;
  }

  // Whether a scalar that ends at `end` is a key, so that the value which yaml-cpp reports before it is
  // empty.
  [[nodiscard]] bool is_next_key(std::uint32_t end) const {
    return !is_key() && source_.at(source_.skip_blanks(end)) == ':';
  }

  void place_null(std::uint32_t index, std::uint32_t mark, Properties properties) {
    if (is_key()) refuse("a mapping key must not be null", {mark, mark});
    const std::uint32_t empty_at = after_separator();
    std::uint32_t properties_end = 0;
    const std::uint32_t at = skip_properties(mark, properties, properties_end);
    Node& node = nodes_[index];
    std::uint32_t end = at;
    while (end < source_.size() && (is_name_character(source_.at(end)) || source_.at(end) == '~')) ++end;
    if (mark >= empty_at && is_null_word(source_.slice({at, end})) && !is_next_key(end)) {
      node.range = {at, end};
      node.text = source_.slice(node.range);
      node.outer = {mark, end};
    } else if (properties.anchor) {
      node.range = {properties_end, properties_end};
      node.outer = {mark, properties_end};
    } else {
      node.range = node.outer = {empty_at, empty_at};
    }
  }

  void place_scalar(std::uint32_t index, Properties properties) {
    Node& node = nodes_[index];
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
    } else {
      node.range = source_.written(at, node.text);
      node.outer.end = node.range.end;
    }
  }

  static void place_empty(Node& node, std::uint32_t end) {
    node.style = ScalarStyle::Plain;
    node.range = {end, end};
    node.outer.end = end;
  }

  void place_quoted(Node& node, std::uint32_t at) const {
    node.style = source_.at(at) == '"' ? ScalarStyle::DoubleQuoted : ScalarStyle::SingleQuoted;
    node.outer.end = source_.quoted_end(at);
    node.range = {at + 1, node.outer.end - 1};
  }

  void place_block(Node& node, std::uint32_t at) const {
    node.style = source_.at(at) == '|' ? ScalarStyle::Literal : ScalarStyle::Folded;
    const std::uint32_t header_end = source_.line_end(at);
    node.range = source_.written(header_end, node.text);
    node.outer.end = std::max(node.range.end, header_end);
  }

  void open(NodeKind kind, const YAML::Mark& mark, Properties properties, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (frames_.size() >= limits_.max_depth) refuse("nested too deeply", {offset(mark), offset(mark)});
    const std::uint32_t index = add_node(kind, mark, anchor);
    if (is_key()) refuse("a mapping key must be a scalar", {offset(mark), offset(mark)});
    std::uint32_t properties_end = 0;
    const std::uint32_t begin = skip_properties(offset(mark), properties, properties_end);
    nodes_[index].flow = style == YAML::EmitterStyle::Flow;
    nodes_[index].range.begin = begin;
    const char bracket = kind == NodeKind::Mapping ? '{' : '[';
    const bool braced = nodes_[index].flow && source_.at(begin) == bracket;
    frames_.push_back({index, braced});
    cursor_ = braced ? begin + 1 : begin;
  }

  void close(char bracket) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    std::uint32_t end = cursor_;
    if (frame.braced) {
      end = source_.skip_space(end);
      if (source_.at(end) == ',') end = source_.skip_space(end + 1);
      if (source_.at(end) != bracket) refuse("the end of this value could not be traced", {end, end});
      ++end;
    }
    Node& node = nodes_[frame.node];
    node.range.end = node.outer.end = end;
    finish(frame.node);
  }

  // A node is complete: what go-yaml would say about it in its place.
  void finish(std::uint32_t index) {
    cursor_ = nodes_[index].outer.end;
    if (!in_mapping()) return;
    const std::vector<std::uint32_t>& entries = nodes_[frames_.back().node].children;
    if (is_key()) {
      require_scalar_key(index);
    } else if (nodes_[entries[entries.size() - 2]].merge) {
      require_mergeable(index);
    }
  }

  [[nodiscard]] const Node& resolved(std::uint32_t index) const {
    return nodes_[index].kind == NodeKind::Alias ? nodes_[nodes_[index].target] : nodes_[index];
  }

  void require_scalar_key(std::uint32_t index) const {
    const Node& key = resolved(index);
    if (key.kind != NodeKind::Scalar) refuse("a mapping key must be a scalar", nodes_[index].range);
    if (key.null) refuse("a mapping key must not be null", nodes_[index].range);
  }

  void require_mergeable(std::uint32_t index) const {
    const auto is_mapping = [&](std::uint32_t node) { return resolved(node).kind == NodeKind::Mapping; };
    const Node& value = nodes_[index];
    const bool sequence_of_mappings = value.kind == NodeKind::Sequence &&
                                      std::all_of(value.children.begin(), value.children.end(), is_mapping);
    if (!is_mapping(index) && !sequence_of_mappings) {
      refuse("`<<` needs a mapping or a sequence of mappings", value.range);
    }
  }

  // Counts what a walk over the document visits, aliases followed. Children and targets follow and precede
  // their nodes by index, so one backward pass would miss the targets: their counts are made on closing.
  void refuse_alias_bomb() {
    std::vector<std::uint64_t> visited(nodes_.size(), 0);
    const std::uint64_t limit = limits_.max_alias_expansion + std::uint64_t{nodes_.size()};
    if (!nodes_.empty() && count(0, visited) > limit)
      refuse("aliases expand to too many values", nodes_[0].range);
  }

  // Recursion is bounded by max_depth: an alias' target is counted before the alias is met.
  std::uint64_t count(std::uint32_t index, std::vector<std::uint64_t>& visited) const {
    const Node& node = nodes_[index];
    std::uint64_t total = 1;
    if (node.kind == NodeKind::Alias) {
      total += visited[node.target];
    } else {
      for (const std::uint32_t child : node.children) total += count(child, visited);
    }
    visited[index] = std::min<std::uint64_t>(total, UINT32_MAX);
    return visited[index];
  }

  Source source_;
  ReadLimits limits_;
  std::vector<Node> nodes_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> anchors_;  // node of yaml-cpp's anchor n at n - 1
  std::uint32_t cursor_ = 0;            // end of the last node read
};

// Length of the well-formed UTF-8 sequence at `at`, 0 if there is none.
std::uint32_t utf8_length(std::string_view text, std::size_t at, std::uint32_t& code_point) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const std::uint32_t first = byte(at);
  std::uint32_t length = 0;
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  if ((first & 0xE0U) == 0xC0) {
    length = 2;
    code_point = first & 0x1FU;
  } else if ((first & 0xF0U) == 0xE0) {
    length = 3;
    code_point = first & 0x0FU;
  } else if ((first & 0xF8U) == 0xF0) {
    length = 4;
    code_point = first & 0x07U;
  } else {
    return 0;
  }
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code_point = (code_point << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return code_point >= kSmallest[length] && code_point <= 0x10FFFF && !surrogate ? length : 0;
}

bool is_printable(std::uint32_t code_point) {
  if (code_point < 0x20) return code_point == '\t' || code_point == '\n';
  if (code_point < 0x7F || code_point == 0x85) return true;
  return code_point >= 0xA0 && code_point != 0xFEFF && code_point != 0xFFFE && code_point != 0xFFFF;
}

// What go-yaml's reader refuses before any token, and what would make yaml-cpp queue without end.
void check_characters(std::string_view text) {
  std::uint32_t open_brackets = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto here = static_cast<std::uint32_t>(at);
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8_length(text, at, code_point);
    if (length == 0) refuse("invalid UTF-8", {here, here + 1});
    if (!is_printable(code_point)) refuse("control characters are not allowed", {here, here + length});
    if (code_point == '[' || code_point == '{') ++open_brackets;
    if ((code_point == ']' || code_point == '}') && open_brackets > 0) --open_brackets;
    if (open_brackets > kMaxOpenBrackets) refuse("too many open brackets", {here, here + 1});
    at += length;
  }
}

std::vector<Node> read_nodes(std::string_view text, const ReadLimits& limits) {
  check_characters(text);
  TreeBuilder builder(text, limits);
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
  return builder.take_nodes();
}

// From the place that yaml-cpp complains about to the end of that word.
ByteRange word_at(std::string_view text, int position) {
  const auto begin = std::min(static_cast<std::size_t>(std::max(position, 0)), text.size());
  const auto end = std::min(text.find_first_of(" \t\n", begin), text.size());
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace

std::variant<Document, Problem> read_yaml(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.max_bytes) return Problem{"the document is too large", {}};
  const NormalText normal(text);
  Problem problem;
  try {
    std::vector<Node> nodes = read_nodes(normal.text(), limits);
    if (nodes.empty()) nodes.emplace_back().null = true;  // nothing but comments
    for (Node& node : nodes) {
      node.range = normal.original(node.range);
      node.outer = normal.original(node.outer);
    }
    return Document(std::move(nodes), 0);
  } catch (const Refused& refused) {
    problem = refused.problem;
  } catch (const YAML::Exception& error) {
    problem = {error.msg, word_at(normal.text(), error.mark.pos)};
  }
  problem.range = normal.original(problem.range);
  return problem;
}

}  // namespace workspace::yaml
