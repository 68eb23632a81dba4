#include "cli/cli.h"

#include <algorithm>
#include <exception>
#include <ostream>
#include <string_view>
#include <utility>
#include <variant>

#include "cli/commands.h"
#include "cli/options.h"

namespace cli {
namespace {

int run_command(const Environment& environment, const Options& options) {
  switch (options.command) {
    case Command::Serve:
      return environment.serve(environment, options);
    case Command::Check:
      return options.self_test.empty() ? check_command(environment, options)
                                       : environment.self_test(environment, options);
    case Command::Fix:
      return fix_command(environment, options);
    case Command::Effective:
      return effective_command(environment, options);
    case Command::Graph:
      return graph_command(environment, options);
    case Command::Render:
      return render_command(environment, options);
    case Command::Explain:
      return explain_command(environment, options);
  }
  return kExitTrouble;
}

bool is_relative(std::string_view path) { return !path.starts_with('/') && path != "-"; }

bool needs_current_folder(const Options& options) {
  if (options.command == Command::Serve || options.command == Command::Explain) return false;
  if (!options.config_file.empty() && is_relative(options.config_file)) return true;
  return options.paths.empty() || std::any_of(options.paths.begin(), options.paths.end(), is_relative);
}

// A folder that was deleted is no folder: without it relative paths would be those of `/`.
int run_without_folder(Environment environment, const Options& options) {
  if (needs_current_folder(options)) {
    print_error(environment, "the current folder does not exist");
    return kExitTrouble;
  }
  environment.current_folder = "/";
  return run_command(environment, options);
}

int exit_early(const Environment& environment, const EarlyExit& exit) {
  environment.out << exit.output;
  if (!exit.message.empty()) {
    print_error(environment, exit.message);
    environment.err << "For more information, try 'istio-mtls-ls --help'.\n";
  }
  return exit.status;
}

int run_unguarded(std::vector<std::string> arguments, const Environment& environment) {
  const std::variant<Options, EarlyExit> parsed = parse_options(std::move(arguments));
  const Options* options = std::get_if<Options>(&parsed);
  const auto run = [&] {
    if (options == nullptr) return exit_early(environment, std::get<EarlyExit>(parsed));
    if (environment.current_folder.empty()) return run_without_folder(environment, *options);
    return run_command(environment, *options);
  };
  const int status = run();
  if (options != nullptr && options->command == Command::Serve) return status;
  return flushed(environment, status);
}

}  // namespace

int flushed(const Environment& environment, int status) {
  environment.out.flush();
  if (environment.out) return status;
  print_error(environment, "cannot write to standard output");
  return kExitTrouble;
}

Palette output_palette(const Environment& environment, const Options& options) {
  const bool automatic = environment.out_is_terminal && !environment.colors_unwanted;
  return Palette(options.color == ColorUse::Always || (options.color == ColorUse::Auto && automatic));
}

int run(std::vector<std::string> arguments, const Environment& environment) {
  try {
    return run_unguarded(std::move(arguments), environment);
  } catch (const std::exception& failure) {
    print_error(environment, failure.what());
    return kExitTrouble;
  }
}

}  // namespace cli
