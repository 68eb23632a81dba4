// How much random testing to do. PROPERTY_EFFORT scales it in percent (sanitizer runs do less, a night more);
// PROPERTY_SEED moves to other seeds.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace properties {

inline int effort(int normal) {
  const char* percent = std::getenv("PROPERTY_EFFORT");
  return percent == nullptr ? normal : static_cast<int>(static_cast<long>(normal) * std::atol(percent) / 100);
}

inline std::uint64_t first_seed() {
  const char* seed = std::getenv("PROPERTY_SEED");
  return seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
}

}  // namespace properties
