#include "workspace/resources/outline.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "workspace/resources/kinds.h"

namespace workspace {
namespace {

// The first word after `kind:` where that starts a line, which is mostly one of the first; empty: there is no
// such line.
std::string_view first_kind(std::string_view text) {
  constexpr std::string_view kKey = "kind:";
  std::size_t line = 0;
  while (!text.substr(line).starts_with(kKey)) {
    line = text.find('\n', line);
    if (line == std::string_view::npos) return {};
    ++line;
  }
  const std::size_t begin = std::min(text.find_first_not_of(' ', line + kKey.size()), text.size());
  return text.substr(begin, std::min(text.find_first_of(" \r\n", begin), text.size()) - begin);
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
  const std::string_view kind = first_kind(text);
  const bool is_word =
      std::all_of(kind.begin(), kind.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  return !is_word || kind.ends_with("List") ? yaml::kEverything : outline_of_kind(kind);
}

}  // namespace workspace
