// How JSON begins to tell of a mesh.
#pragma once

#include <nlohmann/json.hpp>

#include "checks/queries/mesh_head.h"

namespace checks {

// `name`, its settings, and `cluster` (`name` and `taken`) where files are laid over one.
nlohmann::ordered_json head_json(const MeshHead& head);

}  // namespace checks
