#include "workspace/resources/outline.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>

#include "workspace/resources/kinds.h"

namespace workspace {
namespace {

constexpr std::string_view kLineEnd = " \r\n";

bool is_alphanumeric(unsigned char c) { return std::isalnum(c) != 0; }

// The first word after `kind:` where that starts a line, which is mostly one of the first; empty: there is no
// such line; nothing: what stands there has other characters than letters and digits.
std::optional<std::string_view> first_kind(std::string_view text) {
  constexpr std::string_view kKey = "kind:";
  std::size_t line = 0;
  while (!text.substr(line).starts_with(kKey)) {
    line = text.find('\n', line);
    if (line == std::string_view::npos) return std::string_view();
    ++line;
  }
  const std::size_t begin = std::min(text.find_first_not_of(' ', line + kKey.size()), text.size());
  const std::string_view rest = text.substr(begin);
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_alphanumeric);
  if (end != rest.end() && kLineEnd.find(*end) == std::string_view::npos) return std::nullopt;
  return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

}  // namespace

yaml::Outline outline_of_kind(std::string_view kind) {
  const auto kinds = all_kinds();
  auto known =
      std::find_if(kinds.begin(), kinds.end(), [kind](const KindInfo& info) { return info.name == kind; });
  if (known == kinds.end()) known = kinds.begin() + static_cast<std::ptrdiff_t>(Kind::OtherWorkload);
  return {kind, known->outline, known->outline.empty()};
}

yaml::Outline outline_of(std::string_view text) {
  const auto kind = first_kind(text);
  return !kind || kind->ends_with("List") ? yaml::kEverything : outline_of_kind(*kind);
}

}  // namespace workspace
