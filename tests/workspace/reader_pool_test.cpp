#include "workspace/base/reader_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using workspace::ReaderPool;

namespace {

constexpr unsigned kMost = 40;

// How many threads, without the calling one, a crew has had when that has told of the accesses of `tell`.
template <class Tell>
unsigned helpers(unsigned most, const Tell& tell) {
  std::atomic<unsigned> count{0};
  {
    ReaderPool crew(most, [&count](ReaderPool&) { ++count; });
    ReaderPool::LatencyMeter pace(crew);
    tell(pace);
  }
  return count;
}

unsigned at_first(unsigned most) {
  return std::min(std::max(std::thread::hardware_concurrency(), 1U), most) - 1;
}

}  // namespace

TEST_CASE("a crew begins with one thread a processor, and ends when all have returned") {
  CHECK(helpers(kMost, [](ReaderPool::LatencyMeter&) {}) == at_first(kMost));
  CHECK(helpers(1, [](ReaderPool::LatencyMeter&) {}) == 0);
  CHECK(helpers(0, [](ReaderPool::LatencyMeter&) {}) == 0);
}

TEST_CASE("a crew that waits for the disk grows, to its limit") {
  const auto wait = [](ReaderPool::LatencyMeter& pace) {
    for (unsigned i = 0; i < 2 * kMost; ++i) pace.record(milliseconds(1));
  };
  CHECK(helpers(kMost, wait) == kMost - 1);
  CHECK(helpers(1, wait) == 0);
}

TEST_CASE("one slow access between fast ones is none of the disk's") {
  CHECK(helpers(kMost, [](ReaderPool::LatencyMeter& pace) {
          for (unsigned i = 0; i < kMost; ++i) {
            pace.record(milliseconds(1));
            pace.record(nanoseconds(900));
          }
        }) == at_first(kMost));
}
