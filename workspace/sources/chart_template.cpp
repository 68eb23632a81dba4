#include "workspace/sources/chart_template.h"

#include <algorithm>
#include <utility>

namespace workspace {

namespace {

constexpr char kMasked = '\x01';  // stands for what is within `{{ }}`

// The text with its actions masked, lines as they are.
std::string mask_actions(std::string_view text) {
  std::string masked(text);
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    // A comment may hold braces.
    std::size_t body = at + 2;
    if (body < text.size() && text[body] == '-') ++body;
    while (body < text.size() && text[body] == ' ') ++body;
    const std::size_t close = text.substr(body).starts_with("/*") ? text.find("*/", body) : body;
    std::size_t end = close == std::string_view::npos ? close : text.find("}}", close);
    end = end == std::string_view::npos ? text.size() : end + 2;
    for (std::size_t i = at; i < end; ++i) {
      if (text[i] != '\n') masked[i] = kMasked;
    }
    at = end;
  }
  return masked;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Whether a line says nothing itself.
bool is_silent(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return is_blank(c) || c == kMasked; });
}

// Where the ':' of a key stands; none: there is no key.
std::size_t colon_of(std::string_view content) {
  if (content.empty()) return std::string_view::npos;
  std::size_t at = 0;
  if (content.front() == '"' || content.front() == '\'') {
    at = content.find(content.front(), 1);
    if (at == std::string_view::npos) return at;
  } else if (content.front() == '{' || content.front() == '[' || content.front() == '#') {
    return std::string_view::npos;
  }
  for (at = content.find(':', at); at != std::string_view::npos; at = content.find(':', at + 1)) {
    if (at + 1 == content.size() || is_blank(content[at + 1])) return at;
  }
  return at;
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), masked_(mask_actions(text)) {}

  std::vector<TemplateSection> run() {
    sections_.emplace_back();
    const std::string_view masked = masked_;
    for (std::size_t begin = 0; begin < masked.size();) {
      const std::size_t end = std::min(masked.find('\n', begin), masked.size());
      line(begin, masked.substr(begin, end - begin));
      begin = end + 1;
    }
    if (sections_.size() > 1)
      std::erase_if(sections_, [](const TemplateSection& section) { return section.entries.empty(); });
    if (sections_.empty()) sections_.emplace_back();
    return std::move(sections_);
  }

 private:
  struct Level {
    std::size_t indent = 0;
    bool is_item = false;
    std::string path;
  };

  void line(std::size_t begin, std::string_view masked) {
    while (!masked.empty() && is_blank(masked.back())) masked.remove_suffix(1);
    if (masked.starts_with("---") && (masked.size() == 3 || is_blank(masked[3]))) {
      sections_.emplace_back();
      levels_.clear();
      block_.reset();
      return;
    }
    if (is_silent(masked)) {
      note_first_line(begin, masked);
      return;
    }
    std::size_t at = masked.find_first_not_of(' ');
    if (masked[at] == '#' || masked[at] == '\t') return;
    if (block_ && at > *block_) return;
    block_.reset();
    note_first_line(begin, masked);
    // Items, which may follow each other in a line.
    while (masked[at] == '-' && (at + 1 == masked.size() || is_blank(masked[at + 1]))) {
      pop(at, true);
      std::string path = path_here() + "\n-";
      const std::size_t content = std::min(masked.find_first_not_of(" \t", at + 1), masked.size());
      add(path, begin, {at, at}, masked, content);
      levels_.push_back({at, true, std::move(path)});
      if (content == masked.size()) return;
      if (is_block(masked.substr(content))) {
        block_ = at;
        return;
      }
      at = content;
    }
    const std::string_view content = masked.substr(at);
    const std::size_t colon = colon_of(content);
    if (colon == std::string_view::npos) return;
    pop(at, false);
    const std::string_view key = content.substr(0, colon);
    const std::string name = key.find(kMasked) == std::string_view::npos ? std::string(without_quotes(key))
                                                                         : std::string(1, kMasked);
    std::string path = path_here() + "\n" + name;
    const std::size_t value = std::min(masked.find_first_not_of(" \t", at + colon + 1), masked.size());
    add(path, begin, {at, at + colon}, masked, value);
    levels_.push_back({at, false, std::move(path)});
    if (is_block(masked.substr(value))) block_ = at;
  }

  // Ends what a line with something at `indent` does not stand in.
  void pop(std::size_t indent, bool is_item) {
    const auto ends = [&](const Level& level) {
      if (level.indent != indent) return level.indent > indent;
      return level.is_item || !is_item;  // an item may stand where its sequence's key begins
    };
    while (!levels_.empty() && ends(levels_.back())) levels_.pop_back();
  }
  [[nodiscard]] std::string path_here() const {
    return levels_.empty() ? std::string() : levels_.back().path;
  }

  static bool is_block(std::string_view value) { return value.starts_with('|') || value.starts_with('>'); }

  void note_first_line(std::size_t begin, std::string_view masked) {
    ByteRange& first = sections_.back().first_line;
    const std::size_t content = masked.find_first_not_of(" \t");
    if (content == std::string_view::npos || !first.empty()) return;
    first = {static_cast<std::uint32_t>(begin + content), static_cast<std::uint32_t>(begin + masked.size())};
  }

  // `key` and `value` are columns.
  void add(const std::string& path, std::size_t begin, std::pair<std::size_t, std::size_t> key,
           std::string_view masked, std::size_t value) {
    const auto range = [begin](std::size_t from, std::size_t to) {
      return ByteRange{static_cast<std::uint32_t>(begin + from), static_cast<std::uint32_t>(begin + to)};
    };
    TemplateEntry entry;
    entry.key = range(key.first, key.second);
    std::string_view content = masked.substr(value);
    content = content.substr(0, comment_in(content));
    while (!content.empty() && is_blank(content.back())) content.remove_suffix(1);
    const std::size_t end = content.empty() ? std::max(value, key.second + 1) : value + content.size();
    entry.line = range(key.first, std::min(end, masked.size()));
    if (is_literal(content) && (key.first != key.second || colon_of(content) == std::string_view::npos)) {
      const std::size_t quote = without_quotes(content).size() == content.size() ? 0 : 1;
      entry.literal = range(value + quote, value + content.size() - quote);
    }
    sections_.back().entries[path].push_back(entry);
  }

  static std::size_t comment_in(std::string_view content) {
    std::size_t from = 0;
    if (!content.empty() && (content.front() == '"' || content.front() == '\'')) {
      from = content.find(content.front(), 1);
      if (from == std::string_view::npos) return from;
    }
    const std::size_t at = content.find(" #", from);
    return content.starts_with('#') ? 0 : at;
  }

  // A scalar that means the characters that it is written with.
  static bool is_literal(std::string_view content) {
    if (content.empty() || content.find(kMasked) != std::string_view::npos) return false;
    const char first = content.front();
    if (first == '"' || first == '\'') {
      const std::string_view inner = without_quotes(content);
      return inner.size() != content.size() && inner.find(first) == std::string_view::npos &&
             inner.find('\\') == std::string_view::npos;
    }
    return std::string_view("{[|>&*!%@`").find(first) == std::string_view::npos;
  }

  std::string_view text_;
  std::string masked_;
  std::vector<TemplateSection> sections_;
  std::vector<Level> levels_;
  std::optional<std::size_t> block_;  // the indentation of the key of a block scalar
};

}  // namespace

std::string_view TemplateSection::only_literal(const std::string& path, std::string_view text) const {
  const auto at = entries.find(path);
  if (at == entries.end() || at->second.size() != 1 || !at->second.front().literal) return {};
  const ByteRange range = *at->second.front().literal;
  return text.substr(range.begin, range.size());
}

std::vector<TemplateSection> read_template(std::string_view text) { return Reader(text).run(); }

}  // namespace workspace
