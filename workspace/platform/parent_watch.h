// Notices the end of the process that started the editor session (`processId` of `initialize`), so that an
// editor that crashed leaves no server behind even if someone still holds our input open.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace workspace {

std::int64_t own_process();
bool is_running(std::int64_t process);

class ParentWatch {
 public:
  // `gone` is called at most once, on the watching thread.
  explicit ParentWatch(std::function<void()> gone) : gone_(std::move(gone)) {}
  ~ParentWatch();
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

  // Only the first call counts. Returns false for a process that cannot be seen, which may be one of another
  // PID namespace (a container's editor): its end cannot be noticed either.
  bool watch(std::int64_t process);

 private:
  void look(std::int64_t process);

  std::function<void()> gone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace workspace
