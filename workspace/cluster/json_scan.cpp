#include "workspace/cluster/json_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "workspace/text/utf8.h"
#include "workspace/yaml/json_reader.h"

namespace workspace {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
         c == '.';
}

// Of the four digits that begin at `at`; where there are not four, what stands for no character.
std::uint32_t hex_code(std::string_view text, std::size_t at) {
  return yaml::json_hex4(text, at).value_or(0xFFFD);
}

}  // namespace

char JsonScanner::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() && !failed_ ? text_[at_] : '\0';
}

bool JsonScanner::accept(char c) {
  if (next() != c) return false;
  ++at_;
  if (c == '}' || c == ']') --depth_;
  return true;
}

bool JsonScanner::begin(char open) {
  if (next() != open) return false;
  ++at_;
  return ++depth_ <= kMaxDepth || fail();
}

bool JsonScanner::skip_string() {
  if (next() != '"') return fail();
  std::size_t from = at_ + 1;
  while (from < text_.size()) {
    const void* found = std::memchr(text_.data() + from, '"', text_.size() - from);
    if (found == nullptr) return fail();
    const auto quote = static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
    std::size_t backslashes = 0;
    while (text_[quote - 1 - backslashes] == '\\') ++backslashes;
    from = quote + 1;
    if (backslashes % 2 != 0) continue;
    at_ = from;
    return true;
  }
  return fail();
}

std::optional<std::string_view> JsonScanner::string() {
  next();
  const std::size_t begin = at_;
  if (!skip_string()) return std::nullopt;
  return text_.substr(begin, at_ - begin);
}

bool JsonScanner::skip_word() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (word.empty()) return fail();
  const bool is_number = word.front() == '-' || (word.front() >= '0' && word.front() <= '9');
  return is_number || word == "true" || word == "false" || word == "null" || fail();
}

bool JsonScanner::skip_value() {
  switch (next()) {
    case '"':
      return skip_string();
    case '{':
      return object([this](std::string_view) { return skip_value(); });
    case '[':
      return array([this] { return skip_value(); });
    default:
      return skip_word();
  }
}

std::optional<std::string_view> JsonScanner::value() {
  next();
  const std::size_t begin = at_;
  if (failed_ || !skip_value()) return std::nullopt;
  return text_.substr(begin, at_ - begin);
}

std::string_view json_member(std::string_view object, std::string_view key) {
  std::string_view found;
  JsonScanner scanner(object);
  scanner.object([&](std::string_view name) {
    const auto value = scanner.value();
    if (!value || name != key) return value.has_value();
    found = *value;
    return false;
  });
  return found;
}

std::string json_text_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      text += value[i];
      continue;
    }
    const char escape = value[++i];
    if (escape != 'u') {
      const std::size_t known = std::string_view("bfnrt").find(escape);
      text += known == std::string_view::npos ? escape : "\b\f\n\r\t"[known];
      continue;
    }
    std::uint32_t code = hex_code(value, i + 1);
    i = std::min(i + 4, value.size() - 1);
    const bool is_first_half = code >= 0xD800 && code < 0xDC00 && value.substr(i + 1, 2) == "\\u";
    if (is_first_half) {
      const std::uint32_t second = hex_code(value, i + 3);
      code =
          second >= 0xDC00 && second < 0xE000 ? 0x10000 + ((code - 0xD800) << 10U) + second - 0xDC00 : 0xFFFD;
      i = std::min(i + 6, value.size() - 1);
    }
    utf8::append(text, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  }
  return text;
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

namespace {

// Without white space between tokens.
void append_compact(std::string_view value, std::string& out) {
  bool in_string = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!in_string && is_space(c)) continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && in_string && i + 1 < value.size()) out += value[++i];
  }
}

}  // namespace

bool reduce_json(JsonScanner& from, const yaml::Outline& wanted, std::string& out) {
  const char first = from.next();
  if (wanted.everything || (first != '{' && first != '[')) {
    const auto value = from.value();
    if (value) append_compact(*value, out);
    return value.has_value();
  }
  const std::size_t begin = out.size();
  out += first;
  if (first == '[') {
    const bool valid = from.array([&] {
      if (out.size() > begin + 1) out += ',';
      return reduce_json(from, wanted, out);
    });
    out += ']';
    return valid;
  }
  const bool valid = from.object([&](std::string_view key) {
    const yaml::Outline* below = wanted.below(key);
    if (below == nullptr) return from.value().has_value();
    const std::size_t before = out.size();
    if (out.size() > begin + 1) out += ',';
    (((out += '"') += key) += '"') += ':';
    const std::size_t at = out.size();
    if (!reduce_json(from, *below, out)) return false;
    const std::string_view made = std::string_view(out).substr(at);
    if (made == "null" || (!below->everything && (made == "{}" || made == "[]"))) out.resize(before);
    return true;
  });
  out += '}';
  return valid;
}

}  // namespace workspace
