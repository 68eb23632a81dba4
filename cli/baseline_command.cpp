#include <ostream>

#include "cli/baseline.h"
#include "cli/commands.h"
#include "cli/paths.h"
#include "cli/project.h"
#include "cli/report.h"
#include "workspace/base/uri.h"

namespace cli {

int baseline_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (!project.complete || project.empty) {
    print_error(environment, "no baseline is written, since not everything could be read");
    return kExitTrouble;
  }
  const Report report = make_report(project, environment.current_folder, {.max_related = 0});
  const std::string folder = options.output.empty()
                                 ? environment.current_folder
                                 : workspace::parent_path(absolute_path(
                                       environment.files, environment.current_folder, options.output));
  environment.out << baseline_text(report, folder);
  return finish(environment, project, kExitClean);
}

}  // namespace cli
