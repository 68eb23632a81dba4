// The policy graph as JSON, the same on the command line and in `istioMtls/graph` but for how a place is
// written (docs/graph.md says what each field means).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "checks/queries/mesh_graph.h"

namespace checks {

// A place of a file that is known.
using LocationJson = std::function<nlohmann::ordered_json(const Location&)>;

nlohmann::ordered_json graph_json(const std::vector<MeshGraph>& graphs, const LocationJson& place);

}  // namespace checks
