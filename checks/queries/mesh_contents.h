// How much of what meshes hold, for whoever wants to know what was understood.
#pragma once

#include <cstddef>
#include <span>

#include "checks/engine/analysis.h"

namespace checks {

struct MeshContents {
  std::size_t policies = 0;  // PeerAuthentications
  std::size_t rules = 0;     // DestinationRules
  std::size_t services = 0;
  std::size_t workloads = 0;
  std::size_t outside = 0;  // workloads without a sidecar
};

// A resource that is in several of the meshes counts once, as the first one has it. O(resources).
MeshContents contents_of(std::span<const MeshView> meshes);

}  // namespace checks
