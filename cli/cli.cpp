#include "cli/cli.h"

#include <algorithm>
#include <exception>
#include <ostream>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <variant>

#include "checks/registry.h"
#include "cli/commands.h"
#include "cli/find_code.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "workspace/resources/mesh_config.h"

namespace cli {
namespace {

// --mesh-config, as settings below those that are given beside it. False: it can't be had, and that is said.
bool apply_mesh_config(const Environment& environment, Options& options) {
  if (options.mesh_config.empty()) return true;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 24U;
  const std::string file = absolute_path(environment.files, environment.current_folder, options.mesh_config);
  const workspace::Result<std::string> text = environment.files.read(file, kMost);
  if (!text) {
    print_error(environment, text.error().message);
    return false;
  }
  const workspace::Result<workspace::MeshConfig> config = workspace::read_mesh_config(*text);
  if (!config) {
    print_error(environment, file + ": " + config.error().message);
    return false;
  }
  workspace::Settings settings;
  if (config->root_namespace) settings.root_namespace = *config->root_namespace;
  if (config->cluster_domain) settings.cluster_domain = *config->cluster_domain;
  settings.enable_auto_mtls = config->enable_auto_mtls;
  if (config->default_rule_export_to) {
    std::vector<std::string>& names = settings.default_rule_export_to.emplace();
    for (const workspace::CompactString& name : *config->default_rule_export_to) names.emplace_back(name);
  }
  options.settings = workspace::layered(options.settings, settings);
  return true;
}

int run_command(const Environment& environment, Options options) {
  if (!apply_mesh_config(environment, options)) return kExitTrouble;
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
    case Command::Baseline:
      return baseline_command(environment, options);
    case Command::Snapshot:
      return snapshot_command(environment, options);
    case Command::Explain:
      return explain_command(environment, options);
  }
  return kExitTrouble;
}

// --select and --ignore, as severities of the settings. False: a code is unknown, and said so.
bool apply_codes(const Environment& environment, Options& options) {
  std::set<std::string_view> selected;
  for (const std::string& code : options.select) {
    const checks::Check* check = find_code(environment, code);
    if (check == nullptr) return false;
    selected.insert(check->code);
  }
  auto& severity = options.settings.severity;
  for (const checks::Check* check : checks::all_checks()) {
    if (!selected.empty() && !selected.contains(check->code))
      severity[std::string(check->code)] = workspace::SeverityOverride::Off;
  }
  for (const std::string& code : options.ignore) {
    const checks::Check* check = find_code(environment, code);
    if (check == nullptr) return false;
    severity[std::string(check->code)] = workspace::SeverityOverride::Off;
  }
  return true;
}

bool is_relative(std::string_view path) { return !path.starts_with('/') && path != "-"; }

bool needs_current_folder(const Options& options) {
  if (options.command == Command::Serve || options.command == Command::Explain) return false;
  for (const std::string& file : {options.config_file, options.mesh_config, options.baseline, options.output,
                                  options.snapshot, options.kubeconfig}) {
    if (!file.empty() && is_relative(file)) return true;
  }
  return std::any_of(options.paths.begin(), options.paths.end(), is_relative) ||
         std::any_of(options.only.begin(), options.only.end(), is_relative);
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

int run_in_folder(const Environment& environment, const Options& options) {
  return environment.current_folder.empty() ? run_without_folder(environment, options)
                                            : run_command(environment, options);
}

// The file is written when all is done, so that a run that is interrupted leaves the one that is there.
int run_into_file(const Environment& environment, const Options& options) {
  std::ostringstream out;
  const Environment redirected{.in = environment.in,
                               .out = out,
                               .err = environment.err,
                               .files = environment.files,
                               .current_folder = environment.current_folder,
                               .in_is_terminal = environment.in_is_terminal,
                               .out_is_terminal = false,
                               .err_is_terminal = environment.err_is_terminal,
                               .colors_unwanted = environment.colors_unwanted,
                               .terminal_width = environment.terminal_width,
                               .serve = environment.serve,
                               .self_test = environment.self_test,
                               .run_program = environment.run_program,
                               .now = environment.now};
  const int status = run_in_folder(redirected, options);
  const std::string path = absolute_path(environment.files, environment.current_folder, options.output);
  // A snapshot that could not be taken leaves the one that is there, as a baseline does.
  const bool is_record = options.command == Command::Snapshot || options.command == Command::Baseline;
  if (is_record && status != kExitClean) return status;
  if (environment.save(path, out.str())) return status;
  print_error(environment, path + ": cannot write");
  return kExitTrouble;
}

int run_selected(const Environment& environment, Options options) {
  if (!apply_codes(environment, options)) return kExitTrouble;
  return options.output.empty() ? run_in_folder(environment, options) : run_into_file(environment, options);
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
    return run_selected(environment, *options);
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
