// Counts the allocations of this program; one thread.
#pragma once

#include <cstddef>

namespace cost {

std::size_t allocations();

}  // namespace cost
