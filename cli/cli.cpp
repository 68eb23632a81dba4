#include "cli/cli.h"

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
  const int status = options == nullptr ? exit_early(environment, std::get<EarlyExit>(parsed))
                                        : run_command(environment, *options);
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
