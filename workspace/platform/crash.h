// Leaves a stack trace where a crash would leave silence: on standard error and, once there is one, in the
// log.
//
// A trace is addresses relative to the program and its libraries, with the program's version and build id, so
// that addr2line resolves them on another machine (docs/diagnosing.md). Nothing of the memory is printed,
// since it holds manifests; of an exception that nobody caught only the type is. The process then ends by the
// same signal as without us, so that core dumps and whoever waits see no difference.
//
// The state is the process's, as signal handlers are. Under AddressSanitizer and ThreadSanitizer, which
// report crashes better, nothing of this does anything.
#pragma once

#include <cstddef>
#include <memory>

namespace workspace {

// Once, early, before other threads are started.
void report_crashes();

// From now on to this descriptor as well; -1: no more. It must stay open until then.
void report_crashes_to(int log_descriptor);

// What a thread's handler runs on, so that a thread that ran out of stack can be reported as well. Made by
// the thread itself, as the first thing on its stack; report_crashes makes that of the thread that calls it.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace workspace
