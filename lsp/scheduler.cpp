#include "lsp/scheduler.h"

#include <utility>

#include "workspace/platform/crash.h"
#include "workspace/platform/thread_priority.h"

namespace lsp {

Scheduler::Scheduler(Inbox& inbox, unsigned workers) : inbox_(inbox) {
  workers_.reserve(workers);
  // Not when there is a job: a thread has the priority of the one that starts it.
  for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { work(usual_); });
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::stop() {
  cancel();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
  if (background_worker_.joinable()) background_worker_.join();
}

void Scheduler::run(Job job, Urgency urgency) {
  if (workers_.empty()) {
    inbox_.push_task([job = std::move(job)] {
      if (const Task task = job()) task();
    });
    return;
  }
  const bool is_usual = urgency == Urgency::Usual;
  Queue& queue = is_usual ? usual_ : background_;
  {
    const std::lock_guard lock(mutex_);
    if (cancelled()) return;
    queue.jobs.push_back(std::move(job));
    if (!is_usual && !background_worker_.joinable()) {
      background_worker_ = std::thread([this] {
        workspace::lower_thread_priority();
        work(background_);
      });
    }
  }
  queue.changed.notify_one();
}

void Scheduler::free(std::shared_ptr<void> spent) {
  run(
      [spent = std::move(spent)]() mutable -> Task {
        spent.reset();
        return {};
      },
      Urgency::Background);
}

void Scheduler::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    usual_.jobs.clear();
    background_.jobs.clear();
  }
  usual_.changed.notify_all();
  background_.changed.notify_all();
}

void Scheduler::work(Queue& queue) {
  const workspace::CrashStack stack;
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      queue.changed.wait(lock, [&] { return cancelled() || !queue.jobs.empty(); });
      if (cancelled()) return;
      job = std::move(queue.jobs.front());
      queue.jobs.pop_front();
    }
    if (Task task = job()) inbox_.push_task(std::move(task));
  }
}

}  // namespace lsp
