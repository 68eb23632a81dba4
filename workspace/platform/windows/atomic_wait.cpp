#include "workspace/platform/atomic_wait.h"

#include <windows.h>

namespace workspace {
namespace {

static_assert(sizeof(std::atomic<std::size_t>) == sizeof(std::size_t) &&
              std::atomic<std::size_t>::is_always_lock_free);

// The number itself, as the system looks at it.
void* address_of(const std::atomic<std::size_t>& number) {
  return const_cast<std::atomic<std::size_t>*>(&number);  // NOLINT: it is only read
}

}  // namespace

void wait_while(const std::atomic<std::size_t>& number, std::size_t old) {
  // It may also return for no reason.
  while (number.load(std::memory_order_acquire) == old)
    ::WaitOnAddress(address_of(number), &old, sizeof old, INFINITE);
}

void wake_one(std::atomic<std::size_t>& number) { ::WakeByAddressSingle(address_of(number)); }
void wake_all(std::atomic<std::size_t>& number) { ::WakeByAddressAll(address_of(number)); }

}  // namespace workspace
