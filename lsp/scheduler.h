// Work off the engine thread: a few workers that read files and parse them.
//
// A job runs on a worker and returns what is to be done with its result on the engine thread (through the
// Inbox). Jobs start in the order they were given. With no workers a job runs on the engine thread when its
// turn comes, so that tests are deterministic. Jobs ask `cancelled` between steps; whoever owns what jobs
// work on calls `stop` before it goes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lsp/inbox.h"

namespace lsp {

class Scheduler {
 public:
  using Job = std::function<Task()>;  // may return an empty Task

  enum class Urgency : std::uint8_t {
    Usual,       // somebody waits for it
    Background,  // what is in use serves until then: one at a time, on a thread of low priority
  };

  Scheduler(Inbox& inbox, unsigned workers);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  void run(Job job, Urgency urgency = Urgency::Usual);
  // Has a task done on the engine thread; from a job, for what is to be seen before the job ends.
  void post(Task task) { inbox_.push_task(std::move(task)); }
  // Has a worker free what takes long to free, if nobody else holds it.
  void free(std::shared_ptr<void> spent);
  void stop();  // drops the jobs not begun, tells the others and waits for them
  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // How many jobs are worth splitting work into.
  [[nodiscard]] unsigned parallelism() const {
    return workers_.empty() ? 1U : static_cast<unsigned>(workers_.size());
  }

 private:
  // Jobs that wait, and what tells the workers that take them.
  struct Queue {
    std::deque<Job> jobs;
    std::condition_variable changed;
  };

  void work(Queue& queue);
  void cancel();

  Inbox& inbox_;
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;  // for what follows
  Queue usual_;
  Queue background_;
  std::vector<std::thread> workers_;
  std::thread background_worker_;  // starts with the first job
};

}  // namespace lsp
