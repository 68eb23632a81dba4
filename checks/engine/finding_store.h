// The findings of one mesh, by the resource that they were found on. Checks run again on what the graph says
// has changed, and on nothing else. A node that can only have lost errors waits until its findings are asked
// for: fixing one rule after the other does not check the policy that they share once for each.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
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

  // Runs the checks on what changed, forgets what is gone, and remembers what is to be checked when asked
  // for.
  void update(const workspace::Mesh& mesh, const workspace::MeshDelta& delta);

  // What the checks find on a node now; stores nothing.
  [[nodiscard]] std::vector<StoredFinding> run_checks(const workspace::Mesh& mesh,
                                                      const workspace::ResourceNode& node) const;

  // `mesh` must be as the last update was given it. A span is valid until the next call that is not const.
  [[nodiscard]] std::span<const StoredFinding> of(const workspace::Mesh& mesh,
                                                  const workspace::ResourceNode* node);
  [[nodiscard]] const std::unordered_map<const workspace::ResourceNode*, std::vector<StoredFinding>>& all(
      const workspace::Mesh& mesh);
  // The resources whose findings name this one as related, and perhaps some whose findings did.
  [[nodiscard]] std::vector<const workspace::ResourceNode*> referrers(
      const workspace::ResourceNode* node) const;

 private:
  void check(const workspace::Mesh& mesh, const workspace::ResourceNode* node);
  void forget(const workspace::ResourceNode* node);
  void remember(const workspace::ResourceNode* node, std::vector<StoredFinding> findings);

  const CheckSet* checks_;
  std::unordered_set<const workspace::ResourceNode*> waiting_;
  std::unordered_map<const workspace::ResourceNode*, std::vector<StoredFinding>> findings_;
  std::unordered_map<const workspace::ResourceNode*, std::map<const workspace::ResourceNode*, int>>
      referrers_;
};

}  // namespace checks
