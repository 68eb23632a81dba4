#include "workspace/platform/parent_watch.h"

#include <chrono>
#include <limits>

#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

using windows::Handle;

constexpr std::chrono::seconds kBetweenLooks{1};

Handle open_process(std::int64_t process) {
  if (process <= 0 || process > std::numeric_limits<DWORD>::max()) {
    ::SetLastError(ERROR_INVALID_PARAMETER);
    return Handle();
  }
  return Handle(::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(process)));
}

bool has_ended(const Handle& process) { return ::WaitForSingleObject(process.get(), 0) == WAIT_OBJECT_0; }

}  // namespace

std::int64_t own_process() { return ::GetCurrentProcessId(); }

bool is_running(std::int64_t process) {
  const Handle handle = open_process(process);
  return handle.is_open() ? !has_ended(handle) : ::GetLastError() == ERROR_ACCESS_DENIED;
}

ParentWatch::~ParentWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool ParentWatch::watch(std::int64_t process) {
  if (thread_.joinable() || process <= 0) return true;
  if (!is_running(process)) return false;
  thread_ = std::thread([this, process] { look(process); });
  return true;
}

// Windows soon gives the number to another process, but for one that somebody has a handle of.
void ParentWatch::look(std::int64_t process) {
  const Handle handle = open_process(process);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (handle.is_open() ? has_ended(handle) : !is_running(process)) {
      lock.unlock();
      gone_();
      return;
    }
    changed_.wait_for(lock, kBetweenLooks, [this] { return stopping_; });
  }
}

}  // namespace workspace
