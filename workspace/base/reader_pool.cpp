#include "workspace/crew.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

namespace workspace {

Crew::Crew(unsigned most, std::function<void(Crew&)> work)
    : most_(std::max(most, 1U) - 1), work_(std::move(work)) {
  const unsigned processors = std::max(std::thread::hardware_concurrency(), 1U);
  for (unsigned i = 1; i < processors; ++i) grow();
}

Crew::~Crew() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  for (std::thread& helper : helpers_) helper.join();
}

void Crew::grow() {
  const std::scoped_lock lock(mutex_);
  if (ended_ || helpers_.size() >= most_) return;
  try {
    helpers_.emplace_back(work_, std::ref(*this));
  } catch (const std::system_error&) {
    // Fewer threads than wished for do as well.
  }
}

}  // namespace workspace
