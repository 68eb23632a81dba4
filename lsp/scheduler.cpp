#include "lsp/scheduler.h"

#include <utility>

#include "workspace/platform/crash.h"

namespace lsp {

Scheduler::Scheduler(Inbox& inbox, unsigned workers) : inbox_(inbox) {
  workers_.reserve(workers);
  for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::stop() {
  cancel();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void Scheduler::run(Job job) {
  if (workers_.empty()) {
    inbox_.push_task([job = std::move(job)] {
      if (const Task task = job()) task();
    });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void Scheduler::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
}

void Scheduler::work() {
  const workspace::CrashStack stack;
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return cancelled() || !jobs_.empty(); });
      if (cancelled()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (Task task = job()) inbox_.push_task(std::move(task));
  }
}

}  // namespace lsp
