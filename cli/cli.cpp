#include "lsp/cli/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "lsp/cli/commands.h"
#include "lsp/cli/options.h"
#include "lsp/cli/paths.h"
#include "lsp/crash.h"

namespace lsp::cli {
namespace {

int serve_command(const Environment& environment, const Options& options) {
  ServeOptions serve_options;
  serve_options.settings = options.settings;
  serve_options.settings.exclude = options.exclude;
  serve_options.jobs = options.jobs;
  serve_options.client_process = options.client_process;
  serve_options.log_level = options.log_level;
  if (options.max_message_bytes) serve_options.max_message_bytes = *options.max_message_bytes;
  if (!options.log_file.empty()) {
    serve_options.log_file = absolute_path(environment.files, environment.current_folder, options.log_file);
  }
  if (!options.config_file.empty()) {
    serve_options.config_file =
        absolute_path(environment.files, environment.current_folder, options.config_file);
    if (environment.files.status(serve_options.config_file).type != workspace::FileType::Regular) {
      complain(environment, options.config_file + ": is not a file that can be read");
      return kExitTrouble;
    }
  }
  if (options.listen) {
    serve_options.channel = ServeOptions::Channel::Listen;
    serve_options.address = *options.listen;
  } else if (options.pipe) {
    serve_options.channel = ServeOptions::Channel::Pipe;
    serve_options.address = *options.pipe;
  } else if (environment.in_is_terminal) {
    environment.err
        << "istio-mtls-ls: waiting for an editor on standard input; 'istio-mtls-ls --help' tells what else "
           "it can do\n";
  }
  return environment.serve(serve_options);
}

int run_command(const Environment& environment, const Options& options) {
  switch (options.command) {
    case Command::Serve:
      return serve_command(environment, options);
    case Command::Check:
      return options.self_test.empty() ? check_command(environment, options)
                                       : self_test_command(environment, options);
    case Command::Fix:
      return fix_command(environment, options);
    case Command::Effective:
      return effective_command(environment, options);
    case Command::Graph:
      return graph_command(environment, options);
    case Command::Explain:
      return explain_command(environment, options);
  }
  return kExitTrouble;
}

int exit_early(const Environment& environment, const EarlyExit& exit) {
  environment.out << exit.output;
  if (!exit.message.empty()) {
    complain(environment, exit.message);
    environment.err << "'istio-mtls-ls --help' tells what there is.\n";
  }
  return exit.status;
}

int flushed(const Environment& environment, int status) {
  environment.out.flush();
  if (environment.out) return status;
  complain(environment, "cannot write to standard output");
  return kExitTrouble;
}

int run_unguarded(std::vector<std::string> arguments, const Environment& environment) {
  const std::variant<Options, EarlyExit> parsed = parse_options(std::move(arguments));
  const Options* options = std::get_if<Options>(&parsed);
  const int status = options == nullptr ? exit_early(environment, std::get<EarlyExit>(parsed))
                                        : run_command(environment, *options);
  if (options != nullptr && options->command == Command::Serve) return status;
  return flushed(environment, status);
}

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

}  // namespace

Palette output_palette(const Environment& environment, const Options& options) {
  const bool automatic = environment.out_is_terminal && !environment.colors_unwanted;
  return Palette(options.color == ColorUse::Always || (options.color == ColorUse::Auto && automatic));
}

int run(std::vector<std::string> arguments, const Environment& environment) {
  try {
    return run_unguarded(std::move(arguments), environment);
  } catch (const std::exception& failure) {
    complain(environment, failure.what());
    return kExitTrouble;
  }
}

int run_process(int argc, char** argv) {
  report_crashes();
  std::ios::sync_with_stdio(false);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of writing, to be cleaned up after
  std::error_code no_folder;
  const std::string folder = std::filesystem::current_path(no_folder).string();
  const workspace::DiskFileSystem files(no_folder ? "" : folder);
  Environment environment{.in = std::cin,
                          .out = std::cout,
                          .err = std::cerr,
                          .files = files,
                          .current_folder = no_folder ? "/" : folder,
                          .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
                          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                          .colors_unwanted = colors_unwanted(),
                          .terminal_width = terminal_width(),
                          .serve = serve,
                          .leave = {}};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // those want to look at what is left
  environment.leave = [&environment](int status) -> int {
    const int flushed_status = flushed(environment, status);
    std::_Exit(flushed_status);
  };
#endif
  return run({argv + 1, argv + argc}, environment);
}

}  // namespace lsp::cli
