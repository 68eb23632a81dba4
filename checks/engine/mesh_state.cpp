#include "checks/engine/mesh_state.h"

#include <utility>

namespace checks {

MeshState::MeshState(const CheckSet& checks, MeshDefinition mesh_definition)
    : definition(std::move(mesh_definition)),
      mesh(definition.settings),
      findings(checks, mesh, definition.unseen) {}

}  // namespace checks
