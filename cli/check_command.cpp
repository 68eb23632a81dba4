#include <cstddef>
#include <ostream>

#include "cli/commands.h"
#include "cli/project.h"
#include "cli/render_github.h"
#include "cli/render_json.h"
#include "cli/render_sarif.h"
#include "cli/render_text.h"
#include "cli/report.h"

namespace cli {
namespace {

bool shows_notes_only(ReportFormat format) {
  return format == ReportFormat::Text || format == ReportFormat::Github;
}

bool fails(const checks::FindingCounts& totals, FailOn least) {
  switch (least) {
    case FailOn::Error:
      return totals.errors > 0;
    case FailOn::Warning:
      return totals.errors + totals.warnings > 0;
    case FailOn::Never:
      break;
  }
  return false;
}

}  // namespace

int check_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (project.empty) return kExitTrouble;
  const std::size_t max_related = shows_notes_only(options.format) ? kMaxNotes : SIZE_MAX;
  const Report report = make_report(project, environment.current_folder, max_related);
  ReportContext context{
      .sources = project.sources, .current_folder = environment.current_folder, .fixes = {}};
  if (!shows_notes_only(options.format)) {
    context.fixes = [&project](const checks::Finding& finding) {
      return project.analysis.fixes(finding, project.texts(), false);
    };
  }
  switch (options.format) {
    case ReportFormat::Text:
      render_text(environment.out, report, context, output_palette(environment, options));
      break;
    case ReportFormat::Json:
      render_json(environment.out, report, context);
      break;
    case ReportFormat::Sarif:
      render_sarif(environment.out, report, context, project.complete);
      break;
    case ReportFormat::Github:
      render_github(environment.out, report, context);
      break;
  }
  const int status = fails(report.totals, options.fail_on) ? kExitFindings : kExitClean;
  return finish(environment, project, project.complete ? status : kExitTrouble);
}

}  // namespace cli
