#include "checks/queries/mesh_head.h"

#include "workspace/cluster/snapshot.h"

namespace checks {

MeshHead head_of(const MeshView& view) {
  MeshHead head{std::string(view.name), view.mesh.graph().settings(), {}, {}};
  if (view.cluster == nullptr) return head;
  head.cluster = view.cluster->header.context;
  head.taken = view.cluster->header.taken;
  return head;
}

}  // namespace checks
