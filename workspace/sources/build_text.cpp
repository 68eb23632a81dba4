// Writes a tree as YAML in block style, which is what the decoders read, and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "workspace/sources/kustomize_evaluation.h"
#include "workspace/text/ascii.h"
#include "workspace/text/utf8.h"

namespace workspace::kustomize {
namespace {

constexpr std::string_view kIndent = "  ";

// Words that some reader of YAML 1.1 takes for something else than text.
constexpr std::array<std::string_view, 9> kAmbiguous = {"y", "n", "yes", "no", "on", "off", "=", "<<", "-"};

bool is_ambiguous(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return std::find(kAmbiguous.begin(), kAmbiguous.end(), lower) != kAmbiguous.end();
}

// Characters that stand for themselves in every style.
bool is_printable(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] >= ' ' && text[at] <= '~') {
      ++at;
      continue;
    }
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(text, at, code_point);
    if (length == 0) return false;
    const bool control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
    if (control && code_point != '\n') return false;
    if (code_point == 0x2028 || code_point == 0x2029 || code_point == 0xFEFF || code_point >= 0xFFFE)
      return false;
    at += length;
  }
  return true;
}

// Most keys and values: words of letters, digits and a few marks that no reader takes for anything but text.
bool is_plain_word(std::string_view text) {
  constexpr std::size_t kLongestAmbiguous = 5;                  // false
  constexpr std::string_view kFirstOfAmbiguous = "nNtTfFyYoO";  // null, true, false, yes, no, on, off
  if (text.empty() || !is_letter(text.front()) || text.back() == ':') return false;
  if (text.size() <= kLongestAmbiguous && kFirstOfAmbiguous.find(text.front()) != std::string_view::npos)
    return text == "name" || text == "tls";
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '-' && c <= ':') || c == '_';  // - . / digits :
  });
}

bool is_plain_text(std::string_view text) {
  if (is_plain_word(text)) return true;
  if (text.empty() || text.size() > 100'000) return false;
  constexpr std::string_view kFirst = "-?:,[]{}#&*!|>'\"%@` ";
  if (kFirst.find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ' ' || text.back() == ':' || text.find('\n') != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  return !is_ambiguous(text) && tag_of(text, true) == Tag::String && tag_of(text) == Tag::String &&
         is_printable(text);
}

bool is_literal_text(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == '\n' || text.front() == ' ') return false;
  if (!is_printable(text)) return false;
  // A line of blanks, or one at the end, would be read otherwise.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!line.empty() && line.find_first_not_of(' ') == std::string_view::npos) return false;
    at = end + 1;
  }
  return !text.ends_with("\n\n");
}

std::string quoted(std::string_view text, bool json) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::uint32_t code_point = 0;
    const std::uint32_t length = utf8::decode(text, at, code_point);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (length == 0) {
      result += "\\uFFFD";
    } else if (code_point < 0x20 || (!json && !is_printable(text.substr(at, length)))) {
      result +=
          code_point > 0xFFFF ? fmt::format("\\U{:08X}", code_point) : fmt::format("\\u{:04X}", code_point);
    } else {
      result += text.substr(at, length);
    }
    at += std::max(length, 1U);
  }
  return result + '"';
}

class Writer {
 public:
  explicit Writer(const FileTexts& files) : files_(files) {}

  WrittenDocument run(const Tree& tree) {
    if (tree.is_mapping() && !tree.entries.empty()) {
      mapping(tree, 0, true);
    } else {
      value(tree, 0, false);
    }
    return {std::move(text_), std::move(segments_)};
  }

 private:
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(text_.size()); }

  void segment(std::uint32_t begin, const Place& place, PlaceKind kind) {
    if (place.file == kNoFile || place.kind == PlaceKind::None) return;
    segments_.push_back({{begin, here()}, place.range, place.file, kind});
  }

  void indent(unsigned depth) {
    for (unsigned i = 0; i < depth; ++i) text_ += kIndent;
  }

  // Each line begins where the cursor stands at a line's beginning; `inline_first`: the first entry stands
  // behind a "- ".
  void mapping(const Tree& tree, unsigned depth, bool root, bool inline_first = false) {
    bool first = true;
    flow_ += tree.flow ? 1 : 0;
    for (const Entry& entry : tree.entries) {
      if (!entry.is_text && !root) {
        throw Refusal{
            entry.place,
            fmt::format("the key `{}` is no text; kustomize takes only text: put it in quotes", entry.key)};
      }
      if (!first || !inline_first) indent(depth);
      first = false;
      key(entry);
      text_ += ':';
      value(entry.value, depth, true);
    }
    flow_ -= tree.flow ? 1 : 0;
  }

  void key(const Entry& entry) {
    if (is_plain_text(entry.key)) {
      const std::uint32_t begin = here();
      text_ += entry.key;
      segment(begin, entry.place, entry.place.kind);
    } else {
      quoted_text(entry.key, entry.place);
    }
  }

  // In double quotes; the place is that of what stands between them.
  void quoted_text(std::string_view text, const Place& place) {
    const std::string escaped = quoted(text, false);
    text_ += '"';
    const std::uint32_t begin = here();
    text_.append(escaped, 1, escaped.size() - 2);
    segment(begin, place, place.kind);
    text_ += '"';
  }

  // Behind a key or at a document's beginning; ends the line.
  void value(const Tree& tree, unsigned depth, bool behind_key) {
    if (tree.is_scalar()) {
      if (behind_key) text_ += ' ';
      scalar(tree, depth + (behind_key ? 1 : 0));
      return;
    }
    const bool empty = tree.is_mapping() ? tree.entries.empty() : tree.items.empty();
    if (empty) {
      if (behind_key) text_ += ' ';
      const std::uint32_t begin = here();
      text_ += tree.is_mapping() ? "{}" : "[]";
      segment(begin, tree.place, PlaceKind::Made);
      text_ += '\n';
      return;
    }
    if (behind_key) text_ += '\n';
    if (tree.is_mapping()) {
      mapping(tree, depth + 1, false);
    } else {
      sequence(tree, depth, false);
    }
  }

  void sequence(const Tree& tree, unsigned depth, bool inline_first) {
    bool first = true;
    flow_ += tree.flow ? 1 : 0;
    for (const Tree& item : tree.items) {
      if (!first || !inline_first) indent(depth);
      first = false;
      text_ += "- ";
      if (item.is_mapping() && !item.entries.empty()) {
        mapping(item, depth + 1, false, true);
      } else if (item.is_sequence() && !item.items.empty()) {
        sequence(item, depth + 1, true);
      } else {
        value(item, depth + 1, false);
      }
    }
    flow_ -= tree.flow ? 1 : 0;
  }

  void scalar(const Tree& tree, unsigned depth) {
    const auto resolved = resolve(tree, flow_ > 0);
    if (!resolved)
      throw Refusal{tree.place, fmt::format("`{}` is a number that JSON does not have", tree.text)};
    const bool text = resolved->tag == Tag::String;
    if (!text || is_plain_text(resolved->text)) {
      const std::uint32_t begin = here();
      text_ += resolved->text;
      segment(begin, tree.place, tree.place.kind);
      text_ += '\n';
    } else if (is_literal_text(resolved->text)) {
      literal(tree, resolved->text, depth);
    } else {
      quoted_text(resolved->text, tree.place);
      text_ += '\n';
    }
  }

  void literal(const Tree& tree, std::string_view text, unsigned depth) {
    text_ += text.ends_with('\n') ? "|\n" : "|-\n";
    const bool by_line = tree.style == yaml::ScalarStyle::Literal && tree.place.file != kNoFile &&
                         (tree.place.kind == PlaceKind::Written || tree.place.kind == PlaceKind::Shared);
    std::vector<std::pair<std::string_view, std::uint32_t>> places;
    if (by_line) places = literal_lines(text, files_.text(tree.place.file), tree.place.range.begin);
    std::size_t line_number = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      if (!line.empty()) {
        indent(depth);
        const std::uint32_t begin = here();
        if (first == 0) first = begin;
        text_ += line;
        last = here();
        if (line_number < places.size() && places[line_number].first == line) {
          const std::uint32_t source = places[line_number].second;
          segments_.push_back({{begin, last},
                               {source, source + static_cast<std::uint32_t>(line.size())},
                               tree.place.file,
                               tree.place.kind});
        }
      }
      text_ += '\n';
      at = end + 1;
      ++line_number;
    }
    if (!by_line && tree.place.file != kNoFile && tree.place.kind != PlaceKind::None)
      segments_.push_back({{first, last}, tree.place.range, tree.place.file, tree.place.kind});
  }

  const FileTexts& files_;
  std::string text_;
  std::vector<SourceMap::Segment> segments_;
  unsigned flow_ = 0;  // brackets that a value stands in
};

void append_json(const Tree& tree, std::string& out, unsigned flow) {
  flow += tree.flow ? 1 : 0;
  if (tree.is_scalar()) {
    const auto resolved = resolve(tree, flow > 0);
    if (!resolved) {
      out += "null";
    } else {
      out += resolved->tag == Tag::String ? quoted(resolved->text, true) : resolved->text;
    }
    return;
  }
  out += tree.is_mapping() ? '{' : '[';
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
  };
  for (const Tree& item : tree.items) {
    separate();
    append_json(item, out, flow);
  }
  for (const Entry& entry : tree.entries) {
    separate();
    out += quoted(entry.key, true) + ':';
    append_json(entry.value, out, flow);
  }
  out += tree.is_mapping() ? '}' : ']';
}

}  // namespace

WrittenDocument write_document(const Tree& tree, const FileTexts& files) { return Writer(files).run(tree); }

std::string write_json(const Tree& tree) {
  std::string out;
  append_json(tree, out, 0);
  return out;
}

}  // namespace workspace::kustomize
