// The findings of one mesh, by the resource that they were found on. Checks run again on what the graph says
// has changed, and on nothing else.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks/engine/check_context.h"
#include "checks/engine/check_set.h"
#include "workspace/mesh/mesh.h"

namespace checks {

class FindingStore {
 public:
  // `checks` must outlive the store.
  explicit FindingStore(const CheckSet& checks) : checks_(&checks) {}

  [[nodiscard]] const CheckSet& checks() const { return *checks_; }

  // Runs the checks on what changed and forgets what is gone.
  void update(const workspace::Mesh& mesh, const workspace::MeshDelta& delta);

  [[nodiscard]] std::span<const StoredFinding> of(const workspace::ResourceNode* node) const;
  [[nodiscard]] const std::unordered_map<const workspace::ResourceNode*, std::vector<StoredFinding>>& all()
      const {
    return findings_;
  }
  // The resources whose findings name this one as related.
  [[nodiscard]] std::vector<const workspace::ResourceNode*> referrers(
      const workspace::ResourceNode* node) const;

 private:
  void forget(const workspace::ResourceNode* node);
  void remember(const workspace::ResourceNode* node, std::vector<StoredFinding> findings);

  const CheckSet* checks_;
  std::unordered_map<const workspace::ResourceNode*, std::vector<StoredFinding>> findings_;
  std::unordered_map<const workspace::ResourceNode*, std::map<const workspace::ResourceNode*, int>>
      referrers_;
};

}  // namespace checks
