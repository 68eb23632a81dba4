// The program: the command line in the environment that the process has, its streams, terminal, folder and
// disk, with the language server behind `serve`.
#include <fmt/chrono.h>

#include <charconv>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/console.h"
#include "cli/cli.h"
#include "workspace/platform/crash.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/process.h"

namespace app {
namespace {

bool colors_unwanted() {
  return !variable("NO_COLOR").empty() || variable("TERM") == "dumb" || !terminals_know_colors();
}

// The time that is written into files: https://reproducible-builds.org/specs/source-date-epoch/
std::string now() {
  const std::string fixed = variable("SOURCE_DATE_EPOCH");
  std::time_t seconds = std::time(nullptr);
  std::from_chars(fixed.data(), fixed.data() + fixed.size(), seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

int run(int argc, char** argv) {
  workspace::report_crashes();
  prepare_streams();
  const std::string folder = current_folder();
  const workspace::DiskFileSystem files(folder);
  cli::Environment environment{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .files = files,
      .current_folder = folder,
      .in_is_terminal = is_terminal(Stream::Input),
      .out_is_terminal = is_terminal(Stream::Output),
      .err_is_terminal = is_terminal(Stream::Errors),
      .colors_unwanted = colors_unwanted(),
      .terminal_width = terminal_width(),
      .serve = [](const cli::Environment& own,
                  const cli::Options& options) { return serve_command(own, options); },
      .self_test = self_test_command,
      .save = save_file,
      .run_program = workspace::run_process,
      .now = now,
      .exit_now = {}};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // those want to look at what is left
  environment.exit_now = [&environment](int status) -> int {
    const int flushed_status = cli::flushed(environment, status);
    end_process(flushed_status);
  };
#endif
  return leave(cli::run(arguments(argc, argv), environment));
}

}  // namespace
}  // namespace app

int main(int argc, char** argv) { return app::run(argc, argv); }
