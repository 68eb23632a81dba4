#include "workspace/platform/atomic_wait.h"

namespace workspace {

void wait_while(const std::atomic<std::size_t>& number, std::size_t old) {
  number.wait(old, std::memory_order_acquire);
}

void wake_one(std::atomic<std::size_t>& number) { number.notify_one(); }
void wake_all(std::atomic<std::size_t>& number) { number.notify_all(); }

}  // namespace workspace
