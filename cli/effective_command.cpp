#include <ostream>

#include "checks/queries/effective.h"
#include "cli/commands.h"
#include "cli/effective_filter.h"
#include "cli/project.h"
#include "cli/render_effective.h"

namespace cli {

int effective_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (project.empty) return kExitTrouble;
  std::vector<checks::EffectiveMesh> meshes = checks::effective(project.analysis);
  const EffectiveFilter filter{options.failing, options.namespaces, options.services};
  if (const auto error = keep(filter, meshes)) {
    print_error(environment, error->message);
    return finish(environment, project, kExitTrouble);
  }
  constexpr std::size_t kMostLines = 180;  // with what is said around: a few screens
  const EffectiveContext context{.sources = project.sources,
                                 .current_folder = environment.current_folder,
                                 .width = environment.out_is_terminal ? environment.terminal_width : SIZE_MAX,
                                 .most_lines = filter.is_set() ? SIZE_MAX : kMostLines};
  if (options.effective_format == EffectiveFormat::Json) {
    render_effective_json(environment.out, meshes, context);
  } else {
    render_effective_table(environment.out, meshes, context, output_palette(environment, options));
  }
  return finish(environment, project, project.complete ? kExitClean : kExitTrouble);
}

}  // namespace cli
