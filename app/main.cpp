// The program: the command line in the environment that the process has, its streams, terminal, folder and
// disk, with the language server behind `serve`.
#include <fmt/chrono.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include "app/commands.h"
#include "cli/cli.h"
#include "workspace/platform/crash.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/process.h"

namespace app {
namespace {

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned kDefaultWidth = 80;
  const bool known =
      ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col > 0 ? size.ws_col : kDefaultWidth;
}

bool colors_unwanted() {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): before any thread
  const char* terminal = std::getenv("TERM");      // NOLINT(concurrency-mt-unsafe)
  return (no_color != nullptr && *no_color != '\0') ||
         (terminal != nullptr && std::string_view(terminal) == "dumb");
}

// The time that is written into files: https://reproducible-builds.org/specs/source-date-epoch/
std::string now() {
  const char* fixed =
      std::getenv("SOURCE_DATE_EPOCH");  // NOLINT(concurrency-mt-unsafe): nothing sets variables
  std::time_t seconds = std::time(nullptr);
  if (fixed != nullptr) {
    const std::string_view text(fixed);
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

int run(int argc, char** argv) {
  workspace::report_crashes();
  std::ios::sync_with_stdio(false);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of writing, to be cleaned up after
  std::error_code no_folder;
  const std::string folder = std::filesystem::current_path(no_folder).string();
  const workspace::DiskFileSystem files(no_folder ? "" : folder);
  cli::Environment environment{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .files = files,
      .current_folder = no_folder ? "" : folder,
      .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .colors_unwanted = colors_unwanted(),
      .terminal_width = terminal_width(),
      .serve = [](const cli::Environment& own,
                  const cli::Options& options) { return serve_command(own, options); },
      .self_test = self_test_command,
      .save =
          [](const std::string& path, const std::string& text) {
            std::ofstream file(path, std::ios::binary);
            file << text;
            return file.flush().good();
          },
      .run_program = workspace::run_process,
      .now = now,
      .exit_now = {}};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // those want to look at what is left
  environment.exit_now = [&environment](int status) -> int {
    const int flushed_status = cli::flushed(environment, status);
    std::_Exit(flushed_status);
  };
#endif
  return cli::run({argv + 1, argv + argc}, environment);
}

}  // namespace
}  // namespace app

int main(int argc, char** argv) { return app::run(argc, argv); }
