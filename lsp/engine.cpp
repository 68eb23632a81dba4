#include "lsp/engine.h"

#include <algorithm>

namespace lsp {
namespace {

enum class Step { Did, Idle, Ended };

Step take_step(Server& server, Inbox& inbox, TimePoint deadline) {
  Event event = inbox.pop(deadline);
  if (std::holds_alternative<EndOfInput>(event)) return Step::Ended;
  if (std::holds_alternative<NothingToDo>(event)) return Step::Idle;
  if (const auto* incoming = std::get_if<Incoming>(&event)) server.handle(*incoming);
  if (const auto* task = std::get_if<Task>(&event)) (*task)();
  server.run_idle_work();
  return server.exit_status() ? Step::Ended : Step::Did;
}

}  // namespace

int run_engine(Server& server, Inbox& inbox) {
  constexpr std::chrono::hours kLongest{1};  // no clock overflows on the way into the wait
  bool more_work = false;
  while (true) {
    const TimePoint now = std::chrono::steady_clock::now();
    const TimePoint deadline = more_work ? now : std::min(server.deadline(), now + kLongest);
    const Step step = take_step(server, inbox, deadline);
    if (step == Step::Ended) return server.exit_status().value_or(server.status_at_end_of_input());
    if (step == Step::Idle) {
      server.tick();
      server.run_idle_work();
    }
    if (step == Step::Idle || !inbox.has_messages()) more_work = server.work();
  }
}

std::optional<TimePoint> run_for(Server& server, Inbox& inbox, std::chrono::microseconds budget) {
  const TimePoint end = std::chrono::steady_clock::now() + budget;
  bool was_quiet = false;
  while (true) {
    const Step step = take_step(server, inbox, TimePoint::min());
    if (step == Step::Ended) return std::nullopt;
    if (step == Step::Idle) {
      server.tick();
      server.run_idle_work();
    }
    const bool more_work = (step == Step::Idle || !inbox.has_messages()) && server.work();
    // The last work may have handed out a job.
    const bool is_quiet = step == Step::Idle && !more_work;
    if (is_quiet && was_quiet) return server.deadline();
    was_quiet = is_quiet;
    if (is_quiet) continue;  // however long that took, or a budget too small for it would never find quiet
    if (const TimePoint now = std::chrono::steady_clock::now(); now >= end) return now;
  }
}

bool run_until_idle(Server& server, Inbox& inbox) {
  bool more_work = true;
  while (true) {
    const Step step = take_step(server, inbox, TimePoint::min());
    if (step == Step::Ended) return false;
    if (step == Step::Did) {
      more_work = true;
    } else if (!more_work) {
      return true;
    } else {
      more_work = server.work();  // the last work may have handed out a job
    }
  }
}

}  // namespace lsp
