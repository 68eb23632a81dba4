// check --self-test: a line a phase, then every disagreement in full.
#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "app/commands.h"
#include "app/config_path.h"
#include "cli/commands.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "lsp/self_test.h"

namespace app {
namespace {

lsp::SelfTestOptions self_test_options(const cli::Environment& environment, const cli::Options& options) {
  const auto absolute = [&](const std::string& path) {
    return cli::absolute_path(environment.files, environment.current_folder, path);
  };
  lsp::SelfTestOptions result;
  result.session.settings = options.settings;
  result.session.settings.exclude = options.exclude;
  result.file = absolute(options.self_test);
  for (const std::string& path : options.paths) result.folders.push_back(absolute(path));
  return result;
}

std::string outcome(const lsp::SelfTestPhase& phase) {
  std::string text =
      fmt::format("{}: {} steps, compared {} times", phase.name, phase.steps, phase.comparisons);
  if (phase.steps < phase.planned) text += fmt::format(", {} steps left out", phase.planned - phase.steps);
  return text;
}

std::size_t comparisons(const lsp::SelfTestReport& report) {
  std::size_t sum = 0;
  for (const lsp::SelfTestPhase& phase : report.phases) sum += phase.comparisons;
  return sum;
}

}  // namespace

int self_test_command(const cli::Environment& environment, const cli::Options& options) {
  lsp::SelfTestOptions test = self_test_options(environment, options);
  auto config = config_path(environment, options);
  if (!config) return cli::kExitTrouble;
  test.session.config_file = *std::move(config);
  cli::Progress progress(environment.err, environment.err_is_terminal, environment.terminal_width);
  test.progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
    progress.update(phase, done, total, "steps");
  };
  const auto report = lsp::self_test(environment.files, std::move(test));
  progress.clear();
  if (!report) {
    cli::print_error(environment, report.error().message);
    return cli::kExitTrouble;
  }
  const cli::Palette palette = cli::output_palette(environment, options);
  for (const lsp::SelfTestPhase& phase : report->phases) environment.out << outcome(phase) << '\n';
  for (const lsp::Disagreement& difference : report->disagreements) {
    environment.out << palette.paint(cli::Style::Error, "disagreement") << ' '
                    << cli::printable(fmt::format("while {}: {}", difference.when, difference.about))
                    << "\n  session: " << cli::printable(difference.session)
                    << "\n  fresh:   " << cli::printable(difference.fresh) << '\n';
  }
  if (!report->disagreements.empty()) return cli::kExitFindings;
  environment.out << fmt::format("the server agrees with a fresh reading in all {} comparisons\n",
                                 comparisons(*report));
  return cli::kExitClean;
}

}  // namespace app
