#include "cli/mesh_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "checks/registry.h"
#include "cli/paths.h"
#include "cli/source_files.h"
#include "workspace/base/uri.h"
#include "workspace/config/config_file.h"
#include "workspace/files/discovery.h"
#include "workspace/files/glob.h"
#include "workspace/files/read_text.h"

namespace cli {
namespace {

using workspace::FileType;
using workspace::Glob;

// Globs and the folder that they are relative to.
struct GlobList {
  std::string folder;
  std::vector<Glob> globs;

  // A folder's path ends in '/'.
  [[nodiscard]] bool matches(const std::string& path) const {
    if (!workspace::is_below(path, folder)) return false;
    const std::string_view below = std::string_view(path).substr(folder == "/" ? 1 : folder.size() + 1);
    return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(below); });
  }
};

struct FoundConfig {
  std::string file;
  std::string folder;  // what its globs are relative to
  workspace::ConfigFile content;
  GlobList exclude;
};
using ConfigPtr = std::shared_ptr<const FoundConfig>;

struct GivenPath {
  std::string path;  // absolute
  FileType type = FileType::Missing;
  ConfigPtr config;  // null: none
};

class Planner {
 public:
  Planner(const Environment& environment, const Options& options, Progress& progress)
      : environment_(environment), options_(options), progress_(progress) {
    for (const checks::Check* check : checks::all_checks()) codes_.push_back(check->code);
  }

  MeshPlan run() {
    for (const std::string& path : options_.paths) take(path);
    choose_reported();
    if (!given_.empty()) {
      find_configs();
      if (!plan_.config_unreadable) {
        for (const GivenPath& path : given_) find_files(path);
        unite_names();
        define_meshes();
        check_globs();
      }
    }
    // One folder's are sorted already.
    const auto by_path = [](const workspace::ReadRequest& a, const workspace::ReadRequest& b) {
      return a.path < b.path;
    };
    if (!std::is_sorted(plan_.files.begin(), plan_.files.end(), by_path))
      std::stable_sort(plan_.files.begin(), plan_.files.end(), by_path);
    const auto same = [](const workspace::ReadRequest& a, const workspace::ReadRequest& b) {
      return a.path == b.path;
    };
    plan_.files.erase(std::unique(plan_.files.begin(), plan_.files.end(), same), plan_.files.end());
    for (std::vector<std::string>* paths : {&plan_.charts, &plan_.links}) {
      std::sort(paths->begin(), paths->end());
      paths->erase(std::unique(paths->begin(), paths->end()), paths->end());
    }
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::string shown(const std::string& path) const {
    return relative_path(path, environment_.current_folder);
  }

  void take(const std::string& path) {
    if (path == "-") {
      plan_.reads_stdin = true;
      given_.push_back({stdin_path(), FileType::Other, nullptr});
    } else if (std::optional<GivenPath> given = look_at(path)) {
      plan_.given.push_back(given->path);
      given_.push_back(*std::move(given));
    }
  }

  // nullopt: it can't be read, which is told.
  std::optional<GivenPath> look_at(const std::string& path) {
    std::string absolute = absolute_path(environment_.files, environment_.current_folder, path);
    const FileType type = environment_.files.status(absolute).type;
    if (type == FileType::Missing) {
      plan_.errors.push_back(path + ": no such file or folder");
    } else if (type == FileType::Other) {
      plan_.errors.push_back(
          path + ": not a regular file or folder; to read a pipe, give '-' and redirect standard input");
    } else {
      return GivenPath{std::move(absolute), type, nullptr};
    }
    return std::nullopt;
  }

  // What is reported of all that is read.

  void choose_reported() {
    if (!options_.only.empty()) {
      std::vector<GivenPath> only;
      for (const std::string& path : options_.only) {
        if (std::optional<GivenPath> found = look_at(path)) only.push_back(*std::move(found));
      }
      plan_.read_from = std::move(plan_.given);
      plan_.given.clear();
      for (const GivenPath& path : only) plan_.given.push_back(path.path);
      if (options_.paths.empty()) {
        read_all_around(only);
        given_.insert(given_.begin(), only.begin(), only.end());
      }
      return;
    }
    // What is laid over a cluster is what would be applied to it: nothing else.
    const bool is_of_files =
        (options_.command == Command::Check || options_.command == Command::Fix) && !options_.has_cluster();
    const bool are_files = std::all_of(given_.begin(), given_.end(),
                                       [](const GivenPath& path) { return path.type == FileType::Regular; });
    if (is_of_files && are_files && options_.self_test.empty()) read_all_around(std::vector(given_));
  }

  // Has the folders read that the paths are part of.
  void read_all_around(const std::vector<GivenPath>& paths) {
    for (const GivenPath& path : paths) {
      const std::optional<std::string> folder =
          workspace_around(path.type == FileType::Directory ? path.path : workspace::parent_path(path.path));
      if (!folder ||
          std::find(plan_.read_from.begin(), plan_.read_from.end(), *folder) != plan_.read_from.end())
        continue;
      plan_.read_from.push_back(*folder);
      given_.push_back({*folder, FileType::Directory, nullptr});
    }
  }

  // The nearest folder, itself or above, that holds a configuration or a repository.
  [[nodiscard]] std::optional<std::string> workspace_around(std::string folder) const {
    while (true) {
      const std::string prefix = folder == "/" ? folder : folder + "/";
      const bool is_one = environment_.files.status(prefix + std::string(workspace::kConfigFileName)).type ==
                              FileType::Regular ||
                          environment_.files.status(prefix + ".git").type != FileType::Missing;
      if (is_one) return folder;
      if (folder == "/") return std::nullopt;
      folder = workspace::parent_path(folder);
    }
  }

  [[nodiscard]] std::string stdin_path() const {
    const std::string& folder = environment_.current_folder;
    return (folder == "/" ? "" : folder) + "/" + std::string(kStdinName);
  }

  // Configuration.

  void find_configs() {
    if (!options_.config_file.empty()) {
      use_named_config();
      return;
    }
    for (GivenPath& path : given_) {
      path.config =
          nearest_config(path.type == FileType::Directory ? path.path : workspace::parent_path(path.path));
    }
  }

  void use_named_config() {
    std::vector<std::string> paths;
    for (const GivenPath& path : given_) {
      paths.push_back(path.type == FileType::Directory ? path.path : workspace::parent_path(path.path));
    }
    const std::string file =
        absolute_path(environment_.files, environment_.current_folder, options_.config_file);
    const std::string home = workspace::parent_path(file);
    const bool above_all = std::all_of(
        paths.begin(), paths.end(), [&](const std::string& path) { return workspace::is_below(path, home); });
    const ConfigPtr config = read_config_file(file, above_all ? home : common_folder(paths));
    for (GivenPath& path : given_) path.config = config;
  }

  // Looks in the folder and in all above it; remembers what it saw.
  ConfigPtr nearest_config(const std::string& folder) {
    const auto known = configs_.find(folder);
    if (known != configs_.end()) return known->second;
    const std::string file = (folder == "/" ? "" : folder) + "/" + std::string(workspace::kConfigFileName);
    ConfigPtr config;
    if (environment_.files.status(file).type == FileType::Regular) {
      config = read_config_file(file, folder);
    } else if (folder != "/") {
      config = nearest_config(workspace::parent_path(folder));
    }
    configs_[folder] = config;
    return config;
  }

  ConfigPtr read_config_file(const std::string& file, const std::string& folder) {
    const workspace::Result<std::string> text = workspace::read_config_text(environment_.files, file);
    if (!text) {
      plan_.errors.push_back(text.error().message);
      plan_.config_unreadable = true;  // what it would have said is not known
      return nullptr;
    }
    auto config = std::make_shared<FoundConfig>();
    config->file = file;
    config->folder = folder;
    config->content = workspace::read_config(*text, codes_);
    auto& exclude = config->content.settings.exclude;
    config->exclude = {folder, {exclude.begin(), exclude.end()}};
    exclude.clear();  // files are left out when they are looked for
    const workspace::LineIndex lines(*text);
    for (const workspace::ConfigProblem& problem : config->content.problems) {
      const TextPosition at = position_range(*text, lines, problem.range).start;
      std::string where = fmt::format("{}:{}:{}", shown(file), at.line, at.column);
      if (problem.is_unread) {
        plan_.errors.push_back(fmt::format("{}: invalid configuration: {}", where, problem.message));
        plan_.config_unreadable = true;
      } else {
        plan_.warnings.push_back(fmt::format("{}: warning: {}", where, problem.message));
      }
    }
    if (!config->content.baseline.empty())
      plan_.baselines.push_back(workspace::path_from(workspace::parent_path(file), config->content.baseline));
    return config;
  }

  // Files.

  void find_files(const GivenPath& given) {
    const workspace::Limits limits = limits_of(settings_for(given).limits);
    if (given.type == FileType::Other) {
      plan_.stdin_limits = limits;
      return;
    }
    const std::vector<GlobList> own = own_excludes(given);
    const auto excluded = [&](const std::string& path) {
      return (given.config && given.config->exclude.matches(path)) ||
             std::any_of(own.begin(), own.end(), [&](const GlobList& list) { return list.matches(path); });
    };
    if (given.type == FileType::Regular) {
      if (excluded(given.path)) {
        plan_.warnings.push_back(shown(given.path) + ": warning: is excluded, so it is not checked");
      } else {
        add_file(given.path, limits, given.config);
        plan_.files.back().takes_snapshot = true;
      }
      return;
    }
    const auto keep_going = [&] {
      progress_.update("looking for manifests:", plan_.files.size(), 0);
      return false;
    };
    workspace::Discovery found =
        workspace::discover(environment_.files, given.path,
                            {.exclude = {},
                             .excluded = excluded,
                             .cancelled = keep_going,
                             .jobs = job_count(options_),
                             .follows_links = settings_for(given).follow_links.value_or(false)});
    for (const workspace::Error& problem : found.problems) plan_.errors.push_back(problem.message);
    other_names_.insert(other_names_.end(), found.other_names.begin(), found.other_names.end());
    linked_.insert(linked_.end(), found.linked.begin(), found.linked.end());
    const bool is_empty = found.files.empty() && found.charts.empty() && found.links.empty();
    if (is_empty && found.problems.empty()) {
      plan_.warnings.push_back(shown(given.path) + ": warning: holds no manifests (*.yaml, *.yml, *.json)");
    }
    plan_.charts.insert(plan_.charts.end(), found.charts.begin(), found.charts.end());
    plan_.links.insert(plan_.links.end(), found.links.begin(), found.links.end());
    for (std::string& file : found.files) add_file(std::move(file), limits, given.config);
  }

  // Of files that several PATHs lead to.
  void unite_names() {
    if (linked_.empty() && other_names_.empty() && plan_.links.empty()) return;
    std::vector<std::string> files;
    for (const workspace::ReadRequest& file : plan_.files) files.push_back(file.path);
    std::sort(files.begin(), files.end());
    const std::vector<workspace::OtherName> found = workspace::drop_other_names(files, linked_);
    std::erase_if(plan_.files, [&](const workspace::ReadRequest& file) {
      return !std::binary_search(files.begin(), files.end(), file.path);
    });
    auto names = std::make_shared<checks::OtherNames>();
    for (const workspace::OtherName& other : found) (*names)[other.file].push_back(other.name);
    for (const workspace::OtherName& other : other_names_) {
      const auto moved =
          std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.name == other.file; });
      (*names)[moved == found.end() ? other.file : moved->file].push_back(other.name);
    }
    names_ = std::move(names);
    // What they lead to is read by the name that it has below another PATH.
    std::erase_if(plan_.links, [this](const std::string& link) {
      const workspace::Result<std::string> real = environment_.files.resolve(link);
      return real && std::any_of(given_.begin(), given_.end(), [&](const GivenPath& given) {
               return given.type == FileType::Directory && workspace::is_below(*real, given.path);
             });
    });
  }

  [[nodiscard]] workspace::Settings settings_for(const GivenPath& given) const {
    const workspace::Settings& over = options_.settings;
    return given.config ? layered(over, given.config->content.settings) : over;
  }

  void add_file(std::string file, const workspace::Limits& limits, const ConfigPtr& config) {
    if (splits(config)) plan_.divided_by_configuration.emplace_back(file, config->file);
    plan_.files.push_back({std::move(file), limits});
  }

  // The globs of the command line are relative to the current folder, and to the root of the mesh.
  [[nodiscard]] std::vector<GlobList> own_excludes(const GivenPath& given) const {
    if (options_.exclude.empty()) return {};
    const std::vector<Glob> globs(options_.exclude.begin(), options_.exclude.end());
    const std::string folder =
        given.type == FileType::Directory ? given.path : workspace::parent_path(given.path);
    return {{environment_.current_folder, globs}, {given.config ? given.config->folder : folder, globs}};
  }

  // Meshes.

  [[nodiscard]] static bool splits(const ConfigPtr& config) {
    return config && !config->content.meshes.empty();
  }

  void define_meshes() {
    std::vector<ConfigPtr> seen;
    std::vector<std::string> others;  // PATHs that no configuration splits
    workspace::Settings settings = options_.settings;
    for (const GivenPath& given : given_) {
      if (!splits(given.config)) others.push_back(given.path);
      if (!given.config || std::find(seen.begin(), seen.end(), given.config) != seen.end()) continue;
      seen.push_back(given.config);
      if (splits(given.config)) {
        add_split_meshes(*given.config);
      } else {
        settings = workspace::layered(settings, given.config->content.settings);
      }
    }
    if (!others.empty()) add_common_mesh(others, std::move(settings), seen);
    for (checks::MeshDefinition& mesh : plan_.meshes) mesh.other_names = names_;
  }

  void add_split_meshes(const FoundConfig& config) {
    for (workspace::MeshSettings& mesh : resolve_meshes(config.content, options_.settings)) {
      const bool names_files = !mesh.include.empty() || !mesh.builds.empty();
      if (plan_.reads_stdin && names_files && workspace::is_below(stdin_path(), config.folder)) {
        mesh.include.push_back(workspace::glob_escape(relative_path(stdin_path(), config.folder)));
      }
      checks::MeshDefinition& definition = plan_.meshes.emplace_back();
      definition.name = std::move(mesh.name);
      definition.root = config.folder;
      definition.include = std::move(mesh.include);
      definition.builds = std::move(mesh.builds);
      definition.settings = std::move(mesh.settings);
    }
  }

  void add_common_mesh(const std::vector<std::string>& paths, workspace::Settings settings,
                       const std::vector<ConfigPtr>& configs) {
    std::vector<std::string> folders;
    for (const std::string& path : paths) {
      const bool folder = environment_.files.status(path).type == FileType::Directory;
      folders.push_back(folder ? path : workspace::parent_path(path));
    }
    checks::MeshDefinition mesh;
    mesh.root = common_folder(folders);
    mesh.planned = true;
    for (const ConfigPtr& config : configs) {
      if (splits(config) && config->folder != mesh.root && workspace::is_below(config->folder, mesh.root)) {
        settings.exclude.push_back(workspace::glob_escape(relative_path(config->folder, mesh.root)));
      }
    }
    mesh.settings = std::move(settings);
    plan_.meshes.push_back(std::move(mesh));
  }

  // A mesh whose globs match nothing looks like a clean one. Of a configuration only part of whose folder is
  // read nothing is known.
  void check_globs() {
    std::set<const FoundConfig*> checked;
    for (const GivenPath& given : given_) {
      const FoundConfig* config = given.config.get();
      const bool is_read = splits(given.config) && given.type == FileType::Directory &&
                           workspace::is_below(config->folder, given.path);
      if (!is_read || !checked.insert(config).second) continue;
      std::set<std::string> files;
      std::set<std::string> folders;
      for (const workspace::ReadRequest& file : plan_.files) {
        if (!workspace::is_below(file.path, config->folder)) continue;
        files.insert(relative_path(file.path, config->folder));
        folders.insert(relative_path(workspace::parent_path(file.path), config->folder));
      }
      for (const std::string& chart : plan_.charts) folders.insert(relative_path(chart, config->folder));
      for (const workspace::MeshSettings& mesh : config->content.meshes)
        check_globs(*config, mesh, files, folders);
    }
  }

  void check_globs(const FoundConfig& config, const workspace::MeshSettings& mesh,
                   const std::set<std::string>& files, const std::set<std::string>& folders) {
    const std::vector<workspace::ChartInstallation>& charts = config.content.settings.charts;
    const bool has_charts = std::any_of(charts.begin(), charts.end(), [&mesh](const auto& chart) {
      return std::find(chart.meshes.begin(), chart.meshes.end(), mesh.name) != chart.meshes.end();
    });
    if (has_charts) return;
    bool has_any = mesh.include.empty() && mesh.builds.empty();
    std::vector<std::string> vain;
    const auto look_for = [&](std::string_view key, const std::vector<std::string>& globs,
                              const std::set<std::string>& paths) {
      for (const std::string& text : globs) {
        const Glob glob(text);
        const bool matches = std::any_of(paths.begin(), paths.end(),
                                         [&glob](const std::string& path) { return glob.matches(path); });
        has_any |= matches;
        if (!matches)
          vain.push_back(fmt::format("{} '{}' of mesh '{}' matches nothing", key, text, mesh.name));
      }
    };
    look_for("include", mesh.include, files);
    look_for("builds", mesh.builds, folders);
    for (const std::string& problem : vain) {
      if (has_any) {
        plan_.warnings.push_back(fmt::format("{}: warning: {}", shown(config.file), problem));
      } else {
        plan_.errors.push_back(fmt::format("{}: {}", shown(config.file), problem));
      }
    }
  }

  const Environment& environment_;
  const Options& options_;
  Progress& progress_;
  std::vector<std::string_view> codes_;
  std::vector<GivenPath> given_;
  std::map<std::string, ConfigPtr> configs_;  // by folder
  std::vector<workspace::LinkedFile> linked_;
  std::vector<workspace::OtherName> other_names_;  // found in one PATH
  std::shared_ptr<const checks::OtherNames> names_;
  MeshPlan plan_;
};

}  // namespace

MeshPlan plan_meshes(const Environment& environment, const Options& options, Progress& progress) {
  return Planner(environment, options, progress).run();
}

}  // namespace cli
