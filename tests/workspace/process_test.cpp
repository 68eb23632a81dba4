// Real programs of the system, run to their end.
#include "workspace/platform/process.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using workspace::ProcessRequest;
using workspace::run_process;

ProcessRequest shell(const std::string& script) { return {.program = "sh", .arguments = {"-c", script}}; }

TEST_CASE("a program's output, errors and exit status are read") {
  const auto result = run_process(shell("echo out; echo err >&2; exit 3"));
  REQUIRE(result.ok());
  CHECK(result->output == "out\n");
  CHECK(result->errors == "err\n");
  CHECK(result->status == 3);
  CHECK(result->signal == 0);
}

TEST_CASE("arguments reach a program as they are") {
  const std::vector<std::string> words = {"$HOME", "a b", "'\"`;|&<>*", "", "-n", "\n"};
  ProcessRequest request{.program = "sh", .arguments = {"-c", R"(printf '%s\001' "$@")", "sh"}};
  request.arguments.insert(request.arguments.end(), words.begin(), words.end());
  const auto result = run_process(request);
  REQUIRE(result.ok());
  std::string expected;
  for (const std::string& word : words) expected += word + '\001';
  CHECK(result->output == expected);
}

TEST_CASE("variables are added, the folder is chosen, and standard input is empty") {
  ProcessRequest request = shell("printf '%s %s ' \"$ADDED\" \"$(pwd)\"; cat; printf '%s' \"${PATH:+path}\"");
  request.environment = {{"ADDED", "it is"}};
  request.folder = "/";
  const auto result = run_process(request);
  REQUIRE(result.ok());
  CHECK(result->output == "it is / path");
}

TEST_CASE("much output does not stand still, whichever stream it is on") {
  const auto result = run_process(shell("seq 1 100000; seq 1 100000 >&2; seq 1 100000"));
  REQUIRE(result.ok());
  CHECK(result->output.size() == 2 * 588895);
  CHECK(result->errors.size() == 1U << 16U);
  CHECK(result->errors.ends_with("99999\n100000\n"));
}

TEST_CASE("a program that is not there is an error") {
  const auto result = run_process({.program = "no-such-program", .arguments = {}});
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "no-such-program: no such program");
  ProcessRequest request = shell("true");
  request.folder = "/no/such/folder";
  CHECK_FALSE(run_process(request).ok());
}

TEST_CASE("a program that takes too long is ended") {
  for (const char* script : {"exec sleep 20", "trap '' TERM; sleep 20", "exec >&- 2>&-; sleep 20"}) {
    ProcessRequest request = shell(script);
    request.time_limit = std::chrono::milliseconds{100};
    const auto before = std::chrono::steady_clock::now();
    const auto result = run_process(request);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{10});
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message == "sh: no answer within 0.1 s");
  }
}

TEST_CASE("what outlives a program is not waited for") {
  const auto before = std::chrono::steady_clock::now();
  const auto result = run_process(shell("echo out; sleep 20 & exit 0"));
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{10});
  REQUIRE(result.ok());
  CHECK(result->output == "out\n");
}

TEST_CASE("too much output ends a program") {
  ProcessRequest request = shell("yes");
  request.max_output = 1000;
  const auto result = run_process(request);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "sh: writes more than 1000 bytes");
}

TEST_CASE("a program can be cancelled") {
  ProcessRequest request = shell("exec sleep 20");
  request.cancelled = [] { return true; };
  const auto result = run_process(request);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "sh: cancelled");
}

TEST_CASE("a program that a signal ended is told from one that exited") {
  const auto result = run_process(shell("kill -KILL $$"));
  REQUIRE(result.ok());
  CHECK(result->signal == SIGKILL);
}

TEST_CASE("programs run on several threads at once") {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (std::string& output : outputs) {
    threads.emplace_back([&output] {
      const auto result = run_process(shell("seq 1 20000"));
      if (result.ok()) output = result->output;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& output : outputs) CHECK(output.ends_with("\n20000\n"));
}

}  // namespace
