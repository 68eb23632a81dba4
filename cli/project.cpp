#include "cli/project.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>
#include <thread>
#include <utility>

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
  auto project = std::make_unique<Project>(environment.files, std::move(plan.meshes));
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
