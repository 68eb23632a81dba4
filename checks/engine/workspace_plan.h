// Makes of what a workspace's sources form (workspace/sources/workspace_builds.h) the meshes of an Analysis
// and what is said of the sources themselves: MTLS0901 to MTLS0904. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "workspace/sources/workspace_builds.h"

namespace checks {

struct WorkspacePlan {
  std::vector<MeshDefinition> meshes;
  std::vector<SourceNote> notes;
  std::vector<std::string> meshes_found;  // of whole scope, by name
  std::size_t unlisted = 0;               // files that no kustomization lists
  bool charts_apart = false;              // there are meshes because charts' namespaces are not known
};

// `meshes` are all of one folder: those that are configured for it; or the one that is planned, which gives
// its root and settings to all meshes found, and is the one mesh where there is nothing to divide.

// The files of an Analysis that are part of the folder, and charts by their folders, as WorkspaceBuilds takes
// them.
workspace::PlanInput plan_input(const std::vector<MeshDefinition>& meshes, const Analysis& analysis,
                                const std::vector<std::string>& charts);
// The same without the files, which are listed in parts.
workspace::PlanInput plan_input_without_files(const std::vector<MeshDefinition>& meshes,
                                              const std::vector<std::string>& charts);
class PlanFileFilter {
 public:
  explicit PlanFileFilter(const std::vector<MeshDefinition>& meshes);
  // Whether a file or build of an Analysis is one of the folder's files.
  [[nodiscard]] bool accepts(const FileUpdate& file) const;

 private:
  MeshDefinition folder_;
};

// Whether a folder for which nothing is configured is divided alike for both, since they differ at most in
// settings that say what its documents mean, not which are deployed together.
bool have_equal_plans(const MeshDefinition& a, const MeshDefinition& b);

// `units` are those of `sources`. Of configured meshes nothing is divided: each has the files and builds that
// it names, files that its builds read aside. Safe on any thread.
WorkspacePlan plan_workspace(const std::vector<MeshDefinition>& meshes, const workspace::PlanSources& sources,
                             const std::vector<workspace::PlanUnit>& units);

}  // namespace checks
