#include <ostream>
#include <utility>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/paths.h"
#include "cli/project.h"
#include "cli/render_graph.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

nlohmann::ordered_json place_json(SourceFiles& sources, const std::string& folder,
                                  const checks::Location& place) {
  if (workspace::is_cluster_path(place.file))
    return {{"cluster", workspace::cluster_name(place.file)}, {"path", place.path}};
  return {{"file", relative_path(place.file, folder)},
          {"range", json_of(sources.positions(place.file, place.range))},
          {"path", place.path}};
}

}  // namespace

int graph_command(const Environment& environment, const Options& options) {
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (project.empty) return kExitTrouble;
  auto graphs = checks::mesh_graphs(project.analysis);
  const auto place = [&](const checks::Location& at) {
    return place_json(project.sources, environment.current_folder, at);
  };
  switch (options.graph_format) {
    case GraphFormat::Json:
      render_graph_json(environment.out, graphs, place);
      break;
    case GraphFormat::Dot:
      render_graph_dot(environment.out, std::move(graphs));
      break;
    case GraphFormat::Html:
      render_graph_html(environment.out, graphs, place);
      break;
  }
  return finish(environment, project, project.complete ? kExitClean : kExitTrouble);
}

}  // namespace cli
