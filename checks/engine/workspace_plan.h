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
};

// The files of an Analysis that are part of `mesh`, and charts by their folders, as WorkspaceBuilds takes
// them.
workspace::PlanInput plan_input(const MeshDefinition& mesh, const Analysis& analysis,
                                const std::vector<std::string>& charts);

// `mesh`: what is not configured otherwise: the root and the settings of all meshes found, and the one mesh
// where there is nothing to divide. `units` are those of `builds`.
WorkspacePlan plan_workspace(const MeshDefinition& mesh, const workspace::WorkspaceBuilds& builds,
                             const std::vector<workspace::PlanUnit>& units);

}  // namespace checks
