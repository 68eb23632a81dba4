// The host looks whether the process is still there, and ends itself.
#include "workspace/platform/parent_watch.h"

#include "workspace/platform/wasm/host_calls.h"

namespace workspace {

std::int64_t own_process() { return host_process_number(); }

bool is_running(std::int64_t process) { return host_is_running(static_cast<double>(process)) != 0; }

ParentWatch::~ParentWatch() = default;

bool ParentWatch::watch(std::int64_t process) {
  if (process <= 0) return true;
  if (!is_running(process)) return false;
  host_watch_process(static_cast<double>(process));
  return true;
}

}  // namespace workspace
