#include "checks/engine/mesh_state.h"

#include <utility>

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
      findings(checks, mesh, unseen_of(definition), definition.cluster != nullptr) {
  if (definition.cluster != nullptr) overlay_.emplace(definition.cluster);
}

void MeshState::put(const workspace::CompactString& path,
                    const std::shared_ptr<const workspace::FileFacts>& facts) {
  if (!overlay_) return mesh.put(path, facts);
  overlay_->note(mesh.file(path));
  mesh.put(path, facts);
  overlay_->note(mesh.file(path));
}

void MeshState::lay_over_cluster() {
  if (overlay_) overlay_->lay_below(mesh);
}

}  // namespace checks
