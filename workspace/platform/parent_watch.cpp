#include "workspace/platform/parent_watch.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <limits>

namespace workspace {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

std::int64_t own_process() { return ::getpid(); }

bool is_running(std::int64_t process) {
  return ::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM;
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
  if (process > std::numeric_limits<pid_t>::max() || !is_running(process)) return false;
  thread_ = std::thread([this, process] { look(process); });
  return true;
}

void ParentWatch::look(std::int64_t process) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!is_running(process)) {
      lock.unlock();
      gone_();
      return;
    }
    changed_.wait_for(lock, kBetweenLooks, [this] { return stopping_; });
  }
}

}  // namespace workspace
