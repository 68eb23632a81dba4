// What reading one document may cost before it is refused. Each value is bounded by kWidestLimits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace workspace::yaml {

struct ReadLimits {
  std::uint32_t max_depth = 200;               // nesting of collections
  std::uint32_t max_bytes = 16U << 20U;        // of one document
  std::uint32_t max_alias_expansion = 100000;  // nodes visited through aliases (alias bombs)
  bool are_settings = true;                    // problems name the setting that could be raised

  // What is held of a document while it is read is at most some ten times max_bytes. A value costs some 60
  // bytes in the readers for plain YAML and JSON, and some 240 in that for all YAML. Small limits let pass
  // what is denser than that.
  [[nodiscard]] std::uint32_t max_values() const { return std::max(kFewestValues, max_bytes / 10); }
  [[nodiscard]] std::uint32_t max_costly_values() const { return std::max(kFewestValues, max_bytes / 24); }
  static constexpr std::uint32_t kFewestValues = 100'000;
  friend bool operator==(const ReadLimits&, const ReadLimits&) = default;
};

// The ceilings: for text that was read within a file's limits, and is read again.
inline constexpr ReadLimits kWidestLimits{
    .max_depth = 400, .max_bytes = 64U << 20U, .max_alias_expansion = 1'000'000};

// Makes room for the `most` values that a text may hold, where it is large: a vector that grows holds them
// twice for a while. Memory that nothing is written to costs nothing.
template <typename Value>
void reserve_values(std::vector<Value>& values, std::size_t text_size, std::uint32_t most) {
  constexpr std::size_t kLarge = 1U << 20U;
  if (text_size > kLarge) values.reserve(std::min<std::size_t>(text_size, most));
}

}  // namespace workspace::yaml
