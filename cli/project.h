// The manifests that a command was given, read and analysed. Owns texts and analysis; one thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/source_files.h"
#include "workspace/sources/workspace_builds.h"

namespace cli {

// What the kustomizations of one folder build.
class BuiltSources {
 public:
  BuiltSources(const workspace::FileSystem& files, const workspace::Limits& limits)
      : sources_(files, limits.file_size), builds_(sources_, limits) {}

  [[nodiscard]] workspace::CachedSources& sources() { return sources_; }
  [[nodiscard]] workspace::WorkspaceBuilds& builds() { return builds_; }

 private:
  workspace::CachedSources sources_;
  workspace::WorkspaceBuilds builds_;
};

// Those of all folders; empty: nothing may have to be built.
class ProjectBuilds : public checks::BuildTrial {
 public:
  BuiltSources& add(const workspace::FileSystem& files, const workspace::Limits& limits) {
    return *folders_.emplace_back(std::make_unique<BuiltSources>(files, limits));
  }
  [[nodiscard]] const std::vector<std::unique_ptr<BuiltSources>>& folders() const { return folders_; }
  [[nodiscard]] std::size_t count() const;
  std::vector<checks::FileUpdate> rebuilt(const std::map<std::string, std::string>& texts) override;
  [[nodiscard]] bool reads(const std::string& file) const override;

 private:
  std::vector<std::unique_ptr<BuiltSources>> folders_;
};

// A cluster below the files of some meshes.
struct LaidOver {
  std::shared_ptr<const workspace::Snapshot> cluster;
  std::shared_ptr<const workspace::Snapshot> whole;  // before --without
  workspace::Settings settings;  // of the first of those meshes, for the cluster by itself
  std::set<std::string> meshes;  // by name
};

struct Project {
  Project(const workspace::FileSystem& files, std::vector<checks::MeshDefinition> meshes);
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;
  ~Project() = default;

  // The PATHs that are there, absolute; where `read_from` has other folders, what is reported of those.
  std::vector<std::string> given;
  std::vector<std::string> read_from;
  std::vector<std::string> baselines;  // that configurations name, absolute
  checks::Analysis analysis;
  SourceFiles sources;  // of what `analysis` has read
  ProjectBuilds built;
  std::vector<std::string> meshes_found;  // without configuration, by name
  std::size_t unlisted = 0;               // files that no kustomization lists
  std::size_t unseen = 0;                 // what belongs to a mesh and cannot be seen
  std::vector<std::string> charts;        // folders of Helm charts that were not rendered, absolute, sorted
  bool renders_charts = false;            // was asked to
  bool charts_apart = false;              // some meshes are there because charts' namespaces are not known
  std::vector<std::string> links;         // symlinks that were not followed, likewise
  std::vector<LaidOver> clusters;         // that the files are laid over
  bool has_stdin = false;                 // standard input was given
  bool complete = true;  // false: something could not be read (told on standard error), the rest was
  bool empty = false;    // nothing to work on: no PATH is there, no configuration, or no cluster

  // Reads from `sources`, which must outlive it.
  [[nodiscard]] checks::TextSource texts();
};

// Tells problems on standard error, and progress where that is a terminal.
std::unique_ptr<Project> load_project(const Environment& environment, const Options& options);

// The last thing that a command does: tells which files changed under its hands. Returns its exit status,
// unless the process may leave at once.
int finish(const Environment& environment, const Project& project, int status);

}  // namespace cli
