#include "workspace/platform/thread_priority.h"

#include <sys/resource.h>

namespace workspace {

void lower_thread_priority() {
  // Linux keeps it by thread, and 0 is the calling one (setpriority(2), "C library/kernel differences").
  // Enough for others to get a processor as they wake up. With less than this half share the thread would
  // stay longer without one while it holds what others wait for, the allocator's locks above all: on a busy
  // machine edits took twice as long with 10.
  constexpr int kNice = 3;
  if (::getpriority(PRIO_PROCESS, 0) < kNice) ::setpriority(PRIO_PROCESS, 0, kNice);
}

}  // namespace workspace
