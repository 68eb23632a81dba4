// A policy graph with as many nodes as a drawing can show. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "checks/queries/mesh_graph.h"

namespace cli {

// What is not drawn of a namespace.
struct NamespaceCount {
  std::string ns;
  std::size_t services = 0;
  std::map<std::string, std::size_t> modes;  // of their servers
};

struct GraphDigest {
  checks::MeshGraph drawn;
  std::vector<NamespaceCount> others;  // by namespace; empty: all is drawn
};

// Of a graph of more than `most_nodes`, services of a namespace that are alike become one, and so do the
// rules that only they have. Where that is still too much, only services that calls fail at are left, with
// their policies and rules. O(n log n) in the graph.
GraphDigest digest(checks::MeshGraph graph, std::size_t most_nodes);

}  // namespace cli
