#include "workspace/base/reader_pool.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

namespace workspace {

ReaderPool::ReaderPool(unsigned most, std::function<void(ReaderPool&)> work)
    : most_(std::max(most, 1U) - 1), work_(std::move(work)) {
  const unsigned processors = std::max(std::thread::hardware_concurrency(), 1U);
  for (unsigned i = 1; i < processors; ++i) add_worker();
}

ReaderPool::~ReaderPool() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  for (std::thread& helper : helpers_) helper.join();
}

void ReaderPool::add_worker() {
  const std::scoped_lock lock(mutex_);
  if (ended_ || helpers_.size() >= most_) return;
  try {
    helpers_.emplace_back(work_, std::ref(*this));
  } catch (const std::system_error&) {
    // Fewer threads than wished for do as well.
  }
}

}  // namespace workspace
