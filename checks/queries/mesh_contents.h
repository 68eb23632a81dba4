// How much of what meshes hold, for whoever wants to know what was understood.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"

namespace checks {

struct MeshContents {
  std::size_t policies = 0;  // PeerAuthentications
  std::size_t rules = 0;     // DestinationRules
  std::size_t services = 0;
  std::size_t workloads = 0;
  std::size_t outside = 0;               // workloads without a sidecar
  std::size_t files = 0;                 // that hold resources, builds and clusters aside
  std::vector<std::string> builds = {};  // by name
};

// A resource that is in several of the meshes counts once, as the first one has it. O(resources).
MeshContents contents_of(std::span<const MeshView> meshes);

}  // namespace checks
