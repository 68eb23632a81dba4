#include "workspace/platform/thread_priority.h"

#include <pthread.h>
#include <sys/qos.h>

namespace workspace {

// The class of work whose progress somebody sees but does not wait for (sys/qos.h). The system raises it for
// as long as a thread of a higher class waits for a lock that this one holds.
void lower_thread_priority() { ::pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0); }

}  // namespace workspace
