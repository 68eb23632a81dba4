// Where threads have no priority of their own that they may lower.
#include "workspace/platform/thread_priority.h"

namespace workspace {

void lower_thread_priority() {}

}  // namespace workspace
