#include "workspace/yaml/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "workspace/text/utf8.h"

namespace workspace::yaml {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Past white space and comments from `at` on; npos: a comment is not closed.
std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const std::size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) return end;
      at = end + 2;
    } else {
      break;
    }
  }
  return at;
}

std::size_t content_begin(std::string_view text) {
  return skip_space(text, text.starts_with(utf8::kByteOrderMark) ? utf8::kByteOrderMark.size() : 0);
}

// A character of a number, or of true, false and null.
bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.';
}

class JsonReader {
 public:
  JsonReader(std::string_view text, const ReadLimits& limits)
      : text_(text), limits_(limits), max_nodes_(static_cast<std::uint32_t>(text.size() / 10) + 1000) {
    reserve_values(nodes_, text.size(), max_nodes_);
  }

  std::optional<Document> read() {
    at_ = content_begin(text_);
    std::uint32_t root = 0;
    if (at_ >= text_.size() || !value(0, root)) return std::nullopt;
    at_ = skip_space(text_, at_);
    if (at_ != text_.size()) return std::nullopt;
    return Document(std::move(nodes_), std::move(links_), std::move(texts_), root, repeats_keys_);
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] std::uint32_t offset() const { return static_cast<std::uint32_t>(at_); }
  void skip() { at_ = std::min(skip_space(text_, at_), text_.size()); }

  // Adds a node; false: there are too many.
  bool add(Node node, std::uint32_t& index) {
    if (nodes_.size() >= max_nodes_) return false;
    index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(node);
    return true;
  }

  bool value(std::uint32_t depth, std::uint32_t& index) {
    switch (peek()) {
      case '{':
      case '[':
        return depth < limits_.max_depth && collection(depth, index);
      case '"':
        return string(index);
      default:
        return word(index);
    }
  }

  bool collection(std::uint32_t depth, std::uint32_t& index) {
    const bool is_mapping = peek() == '{';
    const char close = is_mapping ? '}' : ']';
    Node node;
    node.kind = is_mapping ? NodeKind::Mapping : NodeKind::Sequence;
    node.flow = true;
    node.range.begin = offset();
    if (!add(node, index)) return false;
    const std::size_t first_pending = pending_.size();
    ++at_;
    for (skip(); peek() != close; skip()) {
      if (is_mapping && !key()) return false;
      std::uint32_t child = 0;
      if (!value(depth + 1, child)) return false;
      pending_.push_back(child);
      skip();
      if (peek() == ',') {
        ++at_;
      } else if (peek() != close) {
        return false;
      }
    }
    ++at_;
    Node& made = nodes_[index];
    made.range.end = offset();
    made.outer = made.range;
    made.children = {static_cast<std::uint32_t>(links_.size()),
                     static_cast<std::uint32_t>(pending_.size() - first_pending)};
    if (is_mapping) note_repeated_keys(first_pending);
    const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(first_pending);
    links_.insert(links_.end(), first, pending_.end());
    pending_.erase(first, pending_.end());
    return true;
  }

  // `first`: where the mapping's keys and values begin in pending_.
  void note_repeated_keys(std::size_t first) {
    if (repeats_keys_ || pending_.size() - first < 4) return;
    keys_.clear();
    for (std::size_t i = first; i < pending_.size(); i += 2) keys_.push_back(nodes_[pending_[i]].text);
    std::sort(keys_.begin(), keys_.end());
    repeats_keys_ = std::adjacent_find(keys_.begin(), keys_.end()) != keys_.end();
  }

  bool key() {
    std::uint32_t child = 0;
    if (peek() != '"' || !string(child)) return false;
    pending_.push_back(child);
    skip();
    if (peek() != ':') return false;
    ++at_;
    skip();
    return true;
  }

  bool word(std::uint32_t& index) {
    const std::size_t begin = at_;
    while (is_word_character(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const bool is_number =
        !word.empty() && (word.front() == '-' || (word.front() >= '0' && word.front() <= '9'));
    if (!is_number && word != "true" && word != "false" && word != "null") return false;
    Node node;
    node.null = word == "null";
    node.range = {static_cast<std::uint32_t>(begin), offset()};
    node.outer = node.range;
    node.text = word;
    return add(node, index);
  }

  bool string(std::uint32_t& index) {
    const std::size_t begin = ++at_;
    bool escaped = false;
    while (peek() != '"') {
      const auto c = static_cast<unsigned char>(peek());
      if (c < 0x20) return false;  // also the text's end
      if (c == '\\') {
        escaped = true;
        at_ += 2;
      } else if (c >= 0x80) {
        std::uint32_t code_point = 0;
        const std::uint32_t length = utf8::decode(text_, at_, code_point);
        if (length == 0) return false;
        at_ += length;
      } else {
        ++at_;
      }
    }
    const std::string_view raw = text_.substr(begin, at_ - begin);
    Node node;
    node.style = ScalarStyle::DoubleQuoted;
    node.range = {static_cast<std::uint32_t>(begin), offset()};
    ++at_;
    node.outer = {node.range.begin - 1, offset()};
    node.text = raw;
    if (escaped) {
      std::string decoded;
      if (!decode(raw, decoded)) return false;
      node.text = texts_.emplace_front(std::move(decoded));
    }
    return add(node, index);
  }

  // The four hexadecimal digits at `at`.
  static bool decode(std::string_view raw, std::string& into) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    into.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size(); ++at) {
      if (raw[at] != '\\') {
        into += raw[at];
        continue;
      }
      const char kind = raw[++at];
      if (kind != 'u') {
        const std::size_t known = kEscapes.find(kind);
        if (known == std::string_view::npos) return false;
        into += kMeanings[known];
        continue;
      }
      auto code_point = json_hex4(raw, at + 1);
      if (!code_point) return false;
      at += 4;
      if (*code_point >= 0xD800 && *code_point < 0xE000) {
        const auto low = raw.substr(at + 1).starts_with("\\u") ? json_hex4(raw, at + 3) : std::nullopt;
        if (*code_point >= 0xDC00 || !low || *low < 0xDC00 || *low >= 0xE000) return false;
        code_point = 0x10000 + ((*code_point - 0xD800) << 10U) + (*low - 0xDC00);
        at += 6;
      }
      utf8::append(into, *code_point);
    }
    return true;
  }

  std::string_view text_;
  const ReadLimits& limits_;
  std::uint32_t max_nodes_;
  std::size_t at_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> links_;
  std::vector<std::uint32_t> pending_;  // children of the collections that are open
  std::forward_list<std::string> texts_;
  std::vector<std::string_view> keys_;  // of one mapping
  bool repeats_keys_ = false;
};

}  // namespace

bool begins_as_json(std::string_view text) {
  const std::size_t at = content_begin(text);
  return at < text.size() && text[at] == '{';
}

std::optional<Document> read_json(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.max_bytes) return std::nullopt;
  return JsonReader(text, limits).read();
}

std::optional<std::uint32_t> json_value_end(std::string_view text) {
  std::size_t open = 0;
  for (std::size_t at = content_begin(text); at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
    } else if (c == '/' && (text.substr(at, 2) == "//" || text.substr(at, 2) == "/*")) {
      at = skip_space(text, at);
      if (at >= text.size()) return std::nullopt;
      --at;
    } else if (c == '{' || c == '[') {
      ++open;
    } else if (c == '}' || c == ']') {
      if (open <= 1) return static_cast<std::uint32_t>(at + 1);
      --open;
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> json_hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : text.substr(at, 4)) {
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
    const bool digit = lower >= '0' && lower <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    number = number * 16 + static_cast<std::uint32_t>(digit ? lower - '0' : lower - 'a' + 10);
  }
  return number;
}

}  // namespace workspace::yaml
