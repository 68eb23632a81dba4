#include "tests/cost/allocations.h"

#include <cstdlib>
#include <new>

namespace {

std::size_t count = 0;

void* counted_or_null(std::size_t size) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}

void* counted(std::size_t size) {
  if (void* memory = counted_or_null(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
// std::stable_sort's.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept { return counted_or_null(size); }
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return counted_or_null(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

std::size_t cost::allocations() { return count; }
