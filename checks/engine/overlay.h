// Files laid over a cluster: which of the cluster's documents they leave as they are. Source:
// docs/design/cluster.md, section 2. Pure functions.
#pragma once

#include <memory>

#include "workspace/cluster/snapshot.h"
#include "workspace/mesh/mesh.h"

namespace checks {

// The documents of the cluster that no file of the mesh replaces: neither the resource itself nor, of a pod,
// the controller that makes it. Costs what the cluster is large.
std::shared_ptr<const workspace::FileFacts> running_documents(const workspace::Snapshot& cluster,
                                                              const workspace::Mesh& mesh);

// Whether both hold the same documents of one snapshot.
bool are_same(const workspace::FileFacts& a, const workspace::FileFacts& b);

}  // namespace checks
