// What reading one document may cost before it is refused. Each value is bounded by kWidestLimits.
#pragma once

#include <cstdint>

namespace workspace::yaml {

struct ReadLimits {
  std::uint32_t max_depth = 200;               // nesting of collections
  std::uint32_t max_bytes = 16U << 20U;        // of one document
  std::uint32_t max_alias_expansion = 100000;  // nodes visited through aliases (alias bombs)
  bool are_settings = true;                    // problems name the setting that could be raised
  friend bool operator==(const ReadLimits&, const ReadLimits&) = default;
};

// The ceilings: for text that was read within a file's limits, and is read again.
inline constexpr ReadLimits kWidestLimits{
    .max_depth = 400, .max_bytes = 64U << 20U, .max_alias_expansion = 1'000'000};

}  // namespace workspace::yaml
