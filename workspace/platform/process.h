// Runs another program to its end. The only place that starts one (SECURITY.md; tests/checks/tidy_test.cpp
// holds that). Safe on any thread, also on several at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "workspace/base/result.h"

namespace workspace {

struct ProcessRequest {
  std::string program;                 // a path if it holds a '/'; else looked for in the folders of PATH
  std::vector<std::string> arguments;  // each reaches the program as it is: no shell reads them
  // Set in addition to, or in place of, the variables of this process.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::string folder = {};  // to run in; empty: that of this process
  std::chrono::milliseconds time_limit{30'000};
  std::uint64_t max_output = std::uint64_t{1} << 30;  // bytes of standard output
  std::uint64_t max_errors = std::uint64_t{1} << 16;  // bytes of standard error; of more the last are kept
  // Asked about ten times a second, on the calling thread; true ends the program. May be empty.
  std::function<bool()> cancelled = {};
};

struct ProcessResult {
  int status = 0;  // that it exited with
  int signal = 0;  // that ended it; 0: it exited
  std::string output;
  std::string errors;  // what it wrote to standard error
};

// Waits until the program has ended. Its standard input is empty, and of the open files it has only those
// three. An Error, which names the program: it could not be started, passed the time limit, wrote more than
// `max_output`, or was cancelled. It is then told to end (SIGTERM), and half a second later made to; what it
// started itself is not followed.
Result<ProcessResult> run_process(const ProcessRequest& request);

}  // namespace workspace
