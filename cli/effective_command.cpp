#include <ostream>

#include "checks/queries/effective.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "cli/render_effective.h"

namespace cli {

int effective_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (project.empty) return kExitTrouble;
  const std::vector<checks::EffectiveMesh> meshes = checks::effective(project.analysis);
  const EffectiveContext context{.sources = project.sources, .current_folder = environment.current_folder};
  if (options.effective_format == EffectiveFormat::Json) {
    render_effective_json(environment.out, meshes, context);
  } else {
    render_effective_table(environment.out, meshes, context, output_palette(environment, options));
  }
  return finish(environment, project, project.complete ? kExitClean : kExitTrouble);
}

}  // namespace cli
