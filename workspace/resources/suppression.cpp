#include "workspace/resources/suppression.h"

#include <algorithm>
#include <cctype>

#include "workspace/platform/text_search.h"

namespace workspace {

namespace {

constexpr std::string_view kMarker = "istio-mtls: ignore";

bool is_code_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// The comment on a line that starts at `begin`; a `#` counts at the line's start or after white space.
std::size_t find_comment(std::string_view line) {
  for (std::size_t at = line.find(kMarker); at != std::string_view::npos; at = line.find(kMarker, at + 1)) {
    std::size_t hash = at;
    while (hash > 0 && (line[hash - 1] == ' ' || line[hash - 1] == '\t')) --hash;
    if (hash == 0 || line[hash - 1] != '#') continue;
    --hash;
    if (hash == 0 || line[hash - 1] == ' ' || line[hash - 1] == '\t') return hash;
  }
  return std::string_view::npos;
}

SourceRange place(std::size_t begin, std::size_t end) {
  return {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}};
}

}  // namespace

std::vector<std::string> parse_codes(std::string_view list) {
  std::vector<std::string> codes;
  for (std::size_t at = 0; at < list.size();) {
    std::size_t end = at;
    while (end < list.size() && is_code_character(list[end])) ++end;
    if (end > at) codes.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return codes;
}

std::vector<SuppressionComment> find_suppressions(std::string_view document) {
  std::vector<SuppressionComment> found;
  if (document.find('#') == std::string_view::npos) return found;
  if (!holds_text(document, kMarker)) return found;
  for (std::size_t begin = 0; begin < document.size();) {
    std::size_t end = std::min(document.find('\n', begin), document.size());
    std::string_view line = document.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const std::size_t at = find_comment(line); at != std::string_view::npos) {
      std::string_view codes = line.substr(line.find(kMarker, at) + kMarker.size());
      codes = codes.substr(0, codes.find("--"));
      const std::size_t next = std::min(document.find('\n', end + 1), document.size());
      found.push_back({parse_codes(codes), place(begin + at, begin + line.size()), place(begin, next)});
    }
    begin = end + 1;
  }
  return found;
}

}  // namespace workspace
