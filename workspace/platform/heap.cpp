#include "workspace/platform/heap.h"

#include <algorithm>
#include <thread>

#if defined(__GLIBC__)  // which the headers above tell
#include <malloc.h>
#endif

namespace workspace {

#if defined(__GLIBC__)

void share_heaps() {
  constexpr unsigned kFewest = 2;
  constexpr unsigned kMost = 256;
  ::mallopt(M_ARENA_MAX, static_cast<int>(std::clamp(std::thread::hardware_concurrency(), kFewest, kMost)));
}

void join_free_blocks_at_once() { ::mallopt(M_MXFAST, 0); }

void let_heaps_grow() {
  constexpr int kStep = 16 << 20;
  ::mallopt(M_TOP_PAD, kStep);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kStep);
  ::mallopt(M_MMAP_THRESHOLD, kStep);
}

void give_back_memory() { ::malloc_trim(0); }

#else

void share_heaps() {}
void join_free_blocks_at_once() {}
void let_heaps_grow() {}
void give_back_memory() {}

#endif

}  // namespace workspace
