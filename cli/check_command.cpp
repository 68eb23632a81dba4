#include <algorithm>
#include <cstddef>
#include <optional>
#include <ostream>

#include "cli/baseline.h"
#include "cli/commands.h"
#include "cli/paths.h"
#include "cli/project.h"
#include "cli/render_github.h"
#include "cli/render_gitlab.h"
#include "cli/render_json.h"
#include "cli/render_junit.h"
#include "cli/render_sarif.h"
#include "cli/render_text.h"
#include "cli/report.h"
#include "workspace/base/uri.h"

namespace cli {
namespace {

// All of a finding's, with all related places.
bool shows_fixes(ReportFormat format) {
  return format == ReportFormat::Json || format == ReportFormat::Sarif;
}

// From which severity on findings fail the run; none: never.
std::optional<checks::Severity> failing_severity(FailOn fail_on) {
  switch (fail_on) {
    case FailOn::Error:
      return checks::Severity::Error;
    case FailOn::Warning:
      return checks::Severity::Warning;
    case FailOn::Never:
      break;
  }
  return std::nullopt;
}

// A wrong path must not look like a clean mesh.
bool holds_nothing(const Report& report) {
  return report.totals.documents == 0 && report.totals.templates == 0 && report.charts.empty() &&
         report.findings.empty();
}

// What --baseline names, else the configurations. An Error: one can't be had.
workspace::Result<std::optional<Baseline>> known_findings(const Environment& environment,
                                                          const Options& options, const Project& project) {
  std::vector<std::string> files = project.baselines;
  if (!options.baseline.empty()) files.clear();
  if (!options.baseline.empty() && options.baseline != kNoBaseline)
    files.push_back(absolute_path(environment.files, environment.current_folder, options.baseline));
  std::optional<Baseline> known;
  for (const std::string& file : files) {
    constexpr std::uint64_t kMost = std::uint64_t{256} << 20U;
    const workspace::Result<std::string> text = environment.files.read(file, kMost);
    if (!text) return text.error();
    if (!known) known.emplace();
    if (const auto error = known->add(*text, workspace::parent_path(file)))
      return workspace::Error{file + ": " + error->message};
  }
  return known;
}

}  // namespace

int check_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (project.empty) return kExitTrouble;
  workspace::Result<std::optional<Baseline>> known = known_findings(environment, options, project);
  if (!known) {
    print_error(environment, known.error().message);
    return finish(environment, project, kExitTrouble);
  }
  const std::size_t max_related = shows_fixes(options.format) ? SIZE_MAX : kMaxNotes;
  const Report report = make_report(project, environment.current_folder,
                                    {.max_related = max_related,
                                     .only_new = options.only_new,
                                     .all = options.all,
                                     .baseline = *known ? &**known : nullptr});
  ReportContext context{.sources = project.sources,
                        .current_folder = environment.current_folder,
                        .fixes = {},
                        .statistics = nullptr};
  if (shows_fixes(options.format)) {
    context.fixes = [&project](const checks::Finding& finding) {
      return project.analysis.fixes(finding, project.texts(), false);
    };
  } else if (options.format == ReportFormat::Text) {
    // One is shown, so the others are tried only where none is preferred.
    context.fixes = [&project](const checks::Finding& finding) {
      auto preferred = project.analysis.fixes(finding, project.texts(), false, checks::FixFilter::Preferred);
      return preferred.empty() ? project.analysis.fixes(finding, project.texts(), false) : preferred;
    };
  }
  if (options.statistics) context.statistics = &project.analysis;
  const std::optional<checks::Severity> least = failing_severity(options.fail_on);
  switch (options.format) {
    case ReportFormat::Text:
      render_text(environment.out, report, context, output_palette(environment, options), options.quiet);
      break;
    case ReportFormat::Json:
      render_json(environment.out, report, context);
      break;
    case ReportFormat::Sarif:
      render_sarif(environment.out, report, context, project.complete);
      break;
    case ReportFormat::Github:
      render_github(environment.out, report, context, options.quiet);
      break;
    case ReportFormat::Gitlab:
      render_gitlab(environment.out, report);
      break;
    case ReportFormat::Junit:
      render_junit(environment.out, report, least);
      break;
  }
  const bool fails = std::any_of(
      report.findings.begin(), report.findings.end(),
      [least](const ReportedFinding& reported) { return least && reported.finding.severity <= *least; });
  if (!options.allow_empty && !options.is_cluster_alone() && project.complete && holds_nothing(report)) {
    print_error(environment, "no manifest was found (accept that: --allow-empty)");
    project.complete = false;
  }
  const int status = fails ? kExitFindings : kExitClean;
  return finish(environment, project, project.complete ? status : kExitTrouble);
}

}  // namespace cli
