#include "checks/engine/mesh_state.h"

#include <utility>

#include "checks/engine/overlay.h"
#include "workspace/cluster/snapshot.h"

namespace checks {

namespace {

// What the snapshot does not hold is not seen.
Unseen unseen_of(const MeshDefinition& definition) {
  Unseen unseen = definition.unseen;
  if (definition.cluster != nullptr && !definition.cluster->header.not_read.empty())
    unseen.documents = unseen.pods = true;
  return unseen;
}

std::shared_ptr<const workspace::RunningAges> ages_of(const MeshDefinition& definition) {
  return definition.cluster == nullptr ? nullptr : definition.cluster->ages;
}

}  // namespace

MeshState::MeshState(const CheckSet& checks, MeshDefinition mesh_definition)
    : definition(std::move(mesh_definition)),
      mesh(definition.settings, ages_of(definition)),
      findings(checks, mesh, unseen_of(definition)) {}

void MeshState::lay_over_cluster() {
  if (definition.cluster == nullptr) return;
  const std::string path = workspace::cluster_path(definition.cluster->header.context);
  const workspace::FileEntry* present = mesh.file(path);
  auto documents = running_documents(*definition.cluster, mesh);
  if (present != nullptr && are_same(*present->facts, *documents)) return;
  mesh.put(workspace::CompactString(path), std::move(documents));
}

}  // namespace checks
