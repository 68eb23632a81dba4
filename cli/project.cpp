#include "cli/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <ostream>
#include <set>
#include <thread>
#include <utility>

#include "checks/engine/workspace_plan.h"
#include "checks/registry.h"
#include "cli/cluster.h"
#include "cli/mesh_plan.h"
#include "cli/paths.h"
#include "cli/read_files.h"
#include "cli/render_charts.h"
#include "cli/terminal_text.h"
#include "workspace/base/uri.h"
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
    if (read.facts == nullptr) return;  // a snapshot
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
  // `is_put_off`: the analysis has no meshes yet.
  Divider(const Environment& environment, const Options& options, Progress& progress, Project& project,
          std::vector<checks::MeshDefinition> meshes, bool is_put_off)
      : environment_(environment),
        options_(options),
        progress_(progress),
        project_(project),
        given_(std::move(meshes)),
        is_changed_(is_put_off) {}

  void run() {
    for (auto at = given_.begin(); at != given_.end();) {
      const auto end = std::find_if(at, given_.end(), [&](const checks::MeshDefinition& mesh) {
        return mesh.root != at->root || mesh.planned != at->planned;
      });
      const std::vector<checks::MeshDefinition> of_one_folder(at, end);
      if (checks::have_builds(of_one_folder)) {
        divide(of_one_folder);
      } else {
        meshes_.insert(meshes_.end(), of_one_folder.begin(), of_one_folder.end());
      }
      at = end;
    }
    std::erase_if(project_.charts, [this](const std::string& chart) { return rendered_.contains(chart); });
    project_.analysis.set_source_notes(std::move(notes_));
    project_.analysis.set_build_trial(&project_.built);
    if (is_changed_) project_.analysis.set_meshes(meshes_);
  }

  [[nodiscard]] const std::vector<checks::MeshDefinition>& meshes() const { return meshes_; }
  // Folders of the charts that are in a mesh as rendered.
  [[nodiscard]] const std::set<std::string>& rendered_charts() const { return rendered_; }

 private:
  void divide(const std::vector<checks::MeshDefinition>& meshes) {
    BuiltSources& built =
        project_.built.add(environment_.files, workspace::limits_of(meshes.front().settings.limits));
    workspace::WorkspaceBuilds& builds = built.builds();
    builds.set_files(checks::plan_input(meshes, project_.analysis, project_.charts));
    render_charts(builds, environment_.files, job_count(options_), progress_);
    for (checks::FileUpdate& made : builds.make_waiting(job_count(options_)))
      project_.analysis.load(std::move(made));
    load_sources(built);
    note_charts(builds.input());
    checks::WorkspacePlan plan = checks::plan_workspace(meshes, builds.plan_sources(), builds.units());
    if (meshes.front().planned) project_.meshes_found = std::move(plan.meshes_found);
    project_.charts_apart |= plan.charts_apart;
    project_.unlisted += plan.unlisted;
    project_.unseen += static_cast<std::size_t>(
        std::count_if(plan.notes.begin(), plan.notes.end(),
                      [](const checks::SourceNote& note) { return note.code == "MTLS0901"; }));
    notes_.insert(notes_.end(), std::make_move_iterator(plan.notes.begin()),
                  std::make_move_iterator(plan.notes.end()));
    const bool is_whole = meshes.front().planned && plan.meshes.size() == 1 &&
                          plan.meshes.front().members == nullptr &&
                          plan.meshes.front().unseen == checks::Unseen{};
    is_changed_ |= !is_whole;
    meshes_.insert(meshes_.end(), std::make_move_iterator(plan.meshes.begin()),
                   std::make_move_iterator(plan.meshes.end()));
  }

  // What a build reads that is in none of the given folders.
  void load_sources(BuiltSources& built) {
    for (const auto& build : built.builds().builds()) {
      for (const std::string& path : build->facts->origin->files()) {
        if (project_.analysis.facts(path) != nullptr) continue;
        const workspace::SharedSourceText text = built.sources().read(path);
        if (text == nullptr) continue;
        project_.analysis.load({path, build->request.is_chart ? workspace::facts_without_documents(*text)
                                                              : workspace::read_facts(*text)});
      }
    }
  }

  void note_charts(const workspace::PlanInput& input) {
    project_.renders_charts |= input.chart_settings.are_rendered;
    for (const workspace::PlannedChart& chart : input.charts) {
      if (chart.rendered) rendered_.insert(chart.folder);
    }
  }

  const Environment& environment_;
  const Options& options_;
  Progress& progress_;
  Project& project_;
  std::vector<checks::MeshDefinition> given_;
  std::vector<checks::MeshDefinition> meshes_;
  std::vector<checks::SourceNote> notes_;
  std::set<std::string> rendered_;  // charts, by folder
  bool is_changed_;
};

// What a configuration that names meshes puts in none of them.
void warn_of_strays(const Environment& environment, const checks::Analysis& analysis,
                    const std::vector<checks::MeshDefinition>& meshes,
                    const std::set<std::string>& rendered_charts,
                    const std::vector<std::pair<std::string, std::string>>& divided_by_configuration) {
  std::map<std::string, std::set<std::string>> strays;  // by configuration file
  const auto shown = [&](const std::string& path) { return relative_path(path, environment.current_folder); };
  for (const auto& [file, config] : divided_by_configuration) {
    if (analysis.facts(file) == nullptr) continue;  // told already, or no manifest
    const bool is_in_one =
        std::any_of(meshes.begin(), meshes.end(),
                    [&path = file](const auto& mesh) { return contains(mesh, path); }) ||
        std::any_of(rendered_charts.begin(), rendered_charts.end(),
                    [&path = file](const std::string& chart) { return workspace::is_below(path, chart); });
    if (!is_in_one) strays[config].insert(shown(file));
  }
  constexpr std::size_t kMaxNamed = 3;
  for (const auto& [config, files] : strays) {
    const std::vector<std::string> named(
        files.begin(),
        std::next(files.begin(), static_cast<std::ptrdiff_t>(std::min(files.size(), kMaxNamed))));
    environment.err << printable(fmt::format("{}: warning: not checked, since in none of its meshes: {}{}",
                                             shown(config), fmt::join(named, ", "),
                                             files.size() > kMaxNamed
                                                 ? fmt::format(" and {} more", files.size() - kMaxNamed)
                                                 : ""))
                    << '\n';
  }
}

// Has each mesh laid over the cluster that the command line names, else the configuration. Without a PATH the
// cluster is a mesh by itself. An Error: one can't be had.
std::optional<workspace::Error> lay_over_clusters(const Environment& environment, const Options& options,
                                                  Clusters& clusters, MeshPlan& plan) {
  workspace::ClusterSource given;
  given.context = options.cluster.value_or("");
  given.snapshot = options.snapshot;
  if (given.is_set() && options.is_cluster_alone()) {
    checks::MeshDefinition& alone = plan.meshes.emplace_back();
    alone.root = "/";
    alone.settings = options.settings;
  }
  for (checks::MeshDefinition& mesh : plan.meshes) {
    const workspace::ClusterSource& source = given.is_set() ? given : mesh.settings.cluster;
    if (!source.is_set()) continue;
    const Clusters::Loaded cluster =
        clusters.load(source, given.is_set() ? environment.current_folder : mesh.root);
    if (!cluster) return cluster.error();
    checks::lay_over(mesh, *cluster);
    if (options.is_cluster_alone()) mesh.name = (*cluster)->header.context;
  }
  const bool has_one =
      std::any_of(plan.meshes.begin(), plan.meshes.end(),
                  [](const checks::MeshDefinition& mesh) { return mesh.cluster != nullptr; });
  if (has_one) return clusters.check_left_out();
  if (options.only_new || options.all || !options.without.empty())
    return workspace::Error{
        "--new, --all and --without need a cluster: give --cluster or --snapshot, or name one in the "
        "configuration"};
  return std::nullopt;
}

std::vector<LaidOver> laid_over(const std::vector<checks::MeshDefinition>& meshes, const Clusters& clusters) {
  std::vector<LaidOver> all;
  for (const checks::MeshDefinition& mesh : meshes) {
    if (mesh.cluster == nullptr) continue;
    auto known = std::find_if(all.begin(), all.end(),
                              [&](const LaidOver& each) { return each.cluster == mesh.cluster; });
    if (known == all.end())
      known = all.insert(all.end(),
                         LaidOver{mesh.cluster, clusters.whole(mesh.cluster.get()), mesh.settings, {}});
    known->meshes.insert(mesh.name);
  }
  return all;
}

std::unique_ptr<Project> without_cluster(const Environment& environment) {
  auto project = std::make_unique<Project>(environment.files, std::vector<checks::MeshDefinition>());
  project->empty = true;
  project->complete = false;
  return project;
}

}  // namespace

Project::Project(const workspace::FileSystem& files, std::vector<checks::MeshDefinition> meshes)
    : analysis(checks::check_registry(), std::move(meshes)),
      sources(files, [this](const std::string& path) { return analysis.facts(path); }) {}

std::size_t ProjectBuilds::count() const {
  return std::accumulate(
      folders_.begin(), folders_.end(), std::size_t{0},
      [](std::size_t sum, const auto& folder) { return sum + folder->builds().builds().size(); });
}

std::vector<checks::FileUpdate> ProjectBuilds::rebuilt(const std::map<std::string, std::string>& texts) {
  std::vector<checks::FileUpdate> updates;
  for (const auto& folder : folders_) {
    auto more = folder->builds().with_texts(texts);
    updates.insert(updates.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return updates;
}

bool ProjectBuilds::reads(const std::string& file) const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [&](const auto& folder) { return folder->builds().looks_at(file); });
}

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
  Clusters clusters(environment, options, progress);
  if (const auto error = lay_over_clusters(environment, options, clusters, plan)) {
    print_error(environment, error->message);
    return without_cluster(environment);
  }
  // Where there is something to build, the meshes are others than those given, and are set once.
  const bool is_put_off = checks::have_builds(plan.meshes) &&
                          std::any_of(plan.files.begin(), plan.files.end(), [](const auto& file) {
                            return workspace::has_kustomization_name(file.path);
                          });
  auto project = std::make_unique<Project>(environment.files,
                                           is_put_off ? std::vector<checks::MeshDefinition>() : plan.meshes);
  project->given = std::move(plan.given);
  project->read_from = std::move(plan.read_from);
  project->baselines = std::move(plan.baselines);
  project->charts = std::move(plan.charts);
  project->links = std::move(plan.links);
  const bool is_alone = options.is_cluster_alone();
  project->empty = plan.config_unreadable || (project->given.empty() && !plan.reads_stdin && !is_alone);
  project->has_stdin = plan.reads_stdin;
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
  Divider divider(environment, options, progress, *project, std::move(plan.meshes), is_put_off);
  divider.run();
  progress.clear();
  project->clusters = laid_over(divider.meshes(), clusters);
  warn_of_strays(environment, project->analysis, divider.meshes(), divider.rendered_charts(),
                 plan.divided_by_configuration);
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
