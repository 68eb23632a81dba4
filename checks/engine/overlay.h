// A running cluster below the files of a mesh: which of its objects the files leave as they are. Source:
// docs/design/cluster.md, section 2. One thread, that of the mesh.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "workspace/cluster/snapshot.h"
#include "workspace/mesh/mesh.h"

namespace checks {

class Overlay {
 public:
  // Not null.
  explicit Overlay(std::shared_ptr<const workspace::Snapshot> cluster) : cluster_(std::move(cluster)) {}

  // To be called before and after each change of a file of the mesh: notes what it may replace. Costs what
  // the file has resources.
  void note(const workspace::FileEntry* file);
  // Puts into the mesh the objects that none of its files replaces: neither the resource itself nor, of a
  // pod, the controller that makes it. The first time costs what the cluster is large, and later times what
  // was noted.
  void lay_below(workspace::Mesh& mesh);

 private:
  void put_part(workspace::Mesh& mesh, std::size_t part) const;

  std::shared_ptr<const workspace::Snapshot> cluster_;
  bool is_laid_ = false;
  std::set<std::size_t> noted_;  // parts
};

}  // namespace checks
