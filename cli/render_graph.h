// The policy graph as JSON, for Graphviz, and as one HTML file that draws itself.
#pragma once

#include <iosfwd>
#include <vector>

#include "checks/json/graph_json.h"
#include "checks/queries/mesh_graph.h"

namespace cli {

void render_graph_json(std::ostream& out, const std::vector<checks::MeshGraph>& graphs,
                       const checks::LocationJson& place);
// One digraph a mesh.
void render_graph_dot(std::ostream& out, std::vector<checks::MeshGraph> graphs);

// With the graph view inside (graph_view/README.md).
void render_graph_html(std::ostream& out, const std::vector<checks::MeshGraph>& graphs,
                       const checks::LocationJson& place);

}  // namespace cli
