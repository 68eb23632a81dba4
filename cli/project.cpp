#include "cli/project.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>
#include <thread>
#include <utility>

#include "checks/engine/workspace_plan.h"
#include "checks/registry.h"
#include "cli/mesh_plan.h"
#include "cli/paths.h"
#include "cli/read_files.h"
#include "cli/terminal_text.h"
#include "workspace/platform/heap.h"

namespace cli {
namespace {

workspace::Result<std::string> read_stdin(const Environment& environment, const workspace::Limits& limits) {
  std::string text;
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  std::string piece(kPiece, '\0');
  while (environment.in.read(piece.data(), kPiece) || environment.in.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(environment.in.gcount()));
    if (text.size() > limits.file_size) return workspace::Error{workspace::too_large(kStdinName, limits)};
  }
  if (environment.in.bad()) return workspace::Error{std::string(kStdinName) + ": cannot read"};
  return text;
}

// Brings what was read into the analysis; tells what was not.
class Loader {
 public:
  Loader(const Environment& environment, Project& project) : environment_(environment), project_(project) {}

  void add(std::string path, ReadFile read) {
    project_.analysis.load({std::move(path), std::move(read.facts)});
  }

  // What is on no disk.
  void add_text(const std::string& path, std::string text, const workspace::Limits& limits) {
    project_.analysis.load({path, workspace::read_facts(text, nullptr, {}, limits)});
    project_.sources.set(path, std::make_shared<const std::string>(std::move(text)));
  }

  void tell(const std::string& error) {
    print_error(environment_, error);
    project_.complete = false;
  }

 private:
  const Environment& environment_;
  Project& project_;
};

// Has kustomizations built, and finds the meshes of what no configuration divides.
class Divider {
 public:
  Divider(const Environment& environment, Project& project, std::vector<checks::MeshDefinition> meshes)
      : environment_(environment), project_(project), meshes_(std::move(meshes)) {}

  void run() {
    const auto planned = std::find_if(meshes_.begin(), meshes_.end(),
                                      [](const checks::MeshDefinition& mesh) { return mesh.planned; });
    if (planned == meshes_.end()) return;
    const checks::MeshDefinition mesh = *planned;
    meshes_.erase(planned);
    project_.built =
        std::make_unique<BuiltSources>(environment_.files, workspace::limits_of(mesh.settings.limits));
    workspace::WorkspaceBuilds& builds = project_.built->builds();
    builds.set_files(checks::plan_input(mesh, project_.analysis, project_.charts));
    for (checks::FileUpdate& made : builds.make_waiting()) project_.analysis.load(std::move(made));
    load_sources();
    checks::WorkspacePlan plan = checks::plan_workspace(mesh, builds, builds.units());
    project_.meshes_found = std::move(plan.meshes_found);
    project_.unlisted = plan.unlisted;
    project_.unseen = static_cast<std::size_t>(
        std::count_if(plan.notes.begin(), plan.notes.end(),
                      [](const checks::SourceNote& note) { return note.code == "MTLS0901"; }));
    project_.analysis.set_source_notes(std::move(plan.notes));
    project_.analysis.set_build_trial(project_.built.get());
    const bool is_whole = plan.meshes.size() == 1 && plan.meshes.front().members == nullptr &&
                          plan.meshes.front().unseen == checks::Unseen{};
    if (is_whole) return;
    meshes_.insert(meshes_.begin(), std::make_move_iterator(plan.meshes.begin()),
                   std::make_move_iterator(plan.meshes.end()));
    project_.analysis.set_meshes(std::move(meshes_));
  }

 private:
  // What a build reads that is in none of the given folders.
  void load_sources() {
    for (const auto& build : project_.built->builds().builds()) {
      for (const std::string& path : build.facts->origin->files()) {
        if (project_.analysis.facts(path) != nullptr) continue;
        const workspace::SharedSourceText text = project_.built->sources().read(path);
        if (text != nullptr) project_.analysis.load({path, workspace::read_facts(*text)});
      }
    }
  }

  const Environment& environment_;
  Project& project_;
  std::vector<checks::MeshDefinition> meshes_;
};

}  // namespace

Project::Project(const workspace::FileSystem& files, std::vector<checks::MeshDefinition> meshes)
    : analysis(checks::check_registry(), std::move(meshes)),
      sources(files, [this](const std::string& path) { return analysis.facts(path); }) {}

checks::TextSource Project::texts() {
  return [this](const std::string& path) { return sources.text(path); };
}

std::unique_ptr<Project> load_project(const Environment& environment, const Options& options) {
  workspace::share_heaps();
  workspace::let_heaps_grow();
  Progress progress(environment.err, environment.err_is_terminal && !options.quiet,
                    environment.terminal_width);
  MeshPlan plan = plan_meshes(environment, options, progress);
  progress.clear();
  auto project = std::make_unique<Project>(environment.files, plan.meshes);
  project->given = std::move(plan.given);
  project->charts = std::move(plan.charts);
  project->links = std::move(plan.links);
  project->empty = plan.config_unreadable || (project->given.empty() && !plan.reads_stdin);
  Loader loader(environment, *project);
  for (const std::string& error : plan.errors) loader.tell(error);
  for (const std::string& warning : plan.warnings) environment.err << printable(warning) << '\n';
  std::vector<workspace::Error> unread;
  const std::size_t file_count = plan.files.size();
  read_files(environment.files, std::move(plan.files), job_count(options), progress,
             [&](std::string path, ReadFile read) {
               if (read.error) {
                 unread.push_back(*std::move(read.error));  // told when the progress line is gone
               } else {
                 loader.add(std::move(path), std::move(read));
               }
             });
  progress.clear();
  for (const workspace::Error& error : unread) loader.tell(error.message);
  if (plan.reads_stdin) {
    workspace::Result<std::string> text = read_stdin(environment, plan.stdin_limits);
    if (text) {
      loader.add_text(environment.current_folder + "/" + std::string(kStdinName), std::move(*text),
                      plan.stdin_limits);
    } else {
      loader.tell(text.error().message);
    }
  }
  progress.update("analysing", file_count, file_count);
  Divider(environment, *project, std::move(plan.meshes)).run();
  project->analysis.update_findings();
  return project;
}

int finish(const Environment& environment, const Project& project, int status) {
  for (const std::string& path : project.sources.changed()) {
    print_error(environment, path + ": changed while it was being checked; try again");
    status = kExitTrouble;
  }
  return environment.exit_now ? environment.exit_now(status) : status;
}

}  // namespace cli
