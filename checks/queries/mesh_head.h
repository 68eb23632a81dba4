// What is said of a mesh as a whole, before its parts.
#pragma once

#include <string>

#include "checks/engine/analysis.h"
#include "workspace/mesh/policy_graph.h"

namespace checks {

struct MeshHead {
  std::string name;
  workspace::EffectiveSettings settings;
  std::string cluster;  // that its files are laid over, by name; empty: none
  std::string taken;    // when that was read, RFC 3339; may be empty
};

MeshHead head_of(const MeshView& view);

}  // namespace checks
