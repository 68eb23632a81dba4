// Counts and lists in words: "1 file", "2 files"; "a, b and 3 more".
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

inline std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// The first five.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 5;
  const std::size_t named = std::min(names.size(), kMostNamed);
  std::string line =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(named), ", "));
  if (named < names.size()) line += fmt::format(" and {} more", names.size() - named);
  return line;
}

}  // namespace cli
