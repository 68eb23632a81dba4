#include "workspace/base/helper_threads.h"

#include <system_error>

namespace workspace {

HelperThreads::HelperThreads(std::size_t most, const std::function<void()>& work) {
  threads_.reserve(most);
  try {
    while (threads_.size() < most) threads_.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer threads than wished for do as well.
  }
}

HelperThreads::~HelperThreads() {
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace workspace
