// What a command sees of the outside world, passed in, so that a test can run the whole command line in
// memory. Nothing here is owned. One thread.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "workspace/platform/file_system.h"
#include "workspace/platform/process.h"

namespace cli {

struct Options;

struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const workspace::FileSystem& files;
  std::string current_folder;  // absolute; empty: it has been deleted, or cannot be looked up
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colors_unwanted = false;  // NO_COLOR is set, or the terminal is dumb
  unsigned terminal_width = 80;  // columns
  // `serve` and `check --self-test`, which need the language server: handed in by app/, so that the command
  // line does not know it. Each returns the exit status.
  std::function<int(const Environment&, const Options&)> serve;
  std::function<int(const Environment&, const Options&)> self_test;
  // Writes a file, as -o asks for; false: it can't be written.
  std::function<bool(const std::string& path, const std::string& text)> save = {};
  // Runs another program, as --cluster and `snapshot` ask for; may be empty: there is none to run.
  std::function<workspace::Result<workspace::ProcessResult>(const workspace::ProcessRequest&)> run_program =
      {};
  // The time, RFC 3339 in UTC.
  std::function<std::string()> now = {};
  // Ends the process with a status, without giving back memory; none: commands return instead.
  std::function<int(int status)> exit_now = {};
};

// Exit statuses (docs/design/interfaces.md).
inline constexpr int kExitClean = 0;
inline constexpr int kExitFindings = 1;
inline constexpr int kExitTrouble = 2;

// One line on standard error: "istio-mtls-ls: error: …". A message that begins with a path inside the current
// folder says it relative to that.
void print_error(const Environment& environment, const std::string& message);

}  // namespace cli
