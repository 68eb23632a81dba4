// The policy graph as JSON, the same on the command line and in `istioMtls/graph` but for how a place is
// written (docs/graph.md says what each field means).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "checks/mesh_graph.h"

namespace lsp {

// A place of a file that is known.
using PlaceJson = std::function<nlohmann::ordered_json(const checks::Place&)>;

nlohmann::ordered_json graph_json(const std::vector<checks::MeshGraph>& graphs, const PlaceJson& place);

}  // namespace lsp
