// The findings of one mesh, by the resource that they were found on. Checks run again on what the graph says
// has changed, and on nothing else: at once, or when somebody asks. A node that can only have lost errors
// always waits until its findings are asked for: fixing one rule after the other does not check the policy
// that they share once for each.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "checks/engine/check_context.h"
#include "checks/engine/check_set.h"
#include "checks/engine/mesh_definition.h"
#include "workspace/mesh/mesh.h"

namespace checks {

class FindingStore {
 public:
  using Findings = std::unordered_map<const workspace::ResourceNode*, std::vector<StoredFinding>>;

  // Both must outlive the store.
  // `is_laid_over`: part of the mesh is a cluster.
  FindingStore(const CheckSet& checks, const workspace::Mesh& mesh, Unseen unseen, bool is_laid_over = false)
      : checks_(&checks), mesh_(&mesh), unseen_(unseen), is_laid_over_(is_laid_over) {}

  [[nodiscard]] const CheckSet& checks() const { return *checks_; }

  // Runs the checks on what changed, forgets what is gone, and remembers what is to be checked when asked
  // for.
  void update(const workspace::MeshDelta& delta);

  // The same, but has all checks wait: for `step`, or for somebody who asks for the findings. Costs some
  // hundred nanoseconds a resource, and is what an edit waits for.
  void defer_update(const workspace::MeshDelta& delta);
  // Has `step` return the resources whose findings name this one as related.
  void show_referrers(const workspace::ResourceNode* node);
  // Checks one resource that waits. Returns it, or one whose findings may be shown otherwise now; null:
  // nothing waits. The mesh must be as it was at the last update.
  const workspace::ResourceNode* step();
  [[nodiscard]] bool has_deferred() const { return !to_report_.empty() || !to_show_.empty(); }

  // What the checks find on a node now; stores nothing.
  [[nodiscard]] std::vector<StoredFinding> run_checks(const workspace::ResourceNode& node) const;

  // The mesh must be as it was at the last update. A span is valid until the next call.
  [[nodiscard]] std::span<const StoredFinding> of(const workspace::ResourceNode* node) const;
  // Those of a node that does not wait to be checked.
  [[nodiscard]] std::span<const StoredFinding> known(const workspace::ResourceNode* node) const;
  [[nodiscard]] const Findings& all() const;  // runs all checks that wait
  // The resources whose findings name this one as related, as far as they have been checked, and perhaps some
  // whose findings did.
  [[nodiscard]] std::vector<const workspace::ResourceNode*> referrers(
      const workspace::ResourceNode* node) const;

 private:
  void drop_removed(const workspace::MeshDelta& delta);
  void check(const workspace::ResourceNode* node) const;
  void forget(const workspace::ResourceNode* node) const;
  void show_other_ends(const workspace::ResourceNode* node);
  [[nodiscard]] std::vector<const workspace::ResourceNode*> with_order_lost(
      const workspace::MeshDelta& delta) const;
  void remember(const workspace::ResourceNode* node, std::vector<StoredFinding> findings) const;

  const CheckSet* checks_;
  const workspace::Mesh* mesh_;
  Unseen unseen_;
  bool is_laid_over_;
  // What asking may change: findings are worked out when they are needed.
  mutable Findings findings_;
  mutable std::unordered_map<const workspace::ResourceNode*, std::map<const workspace::ResourceNode*, int>>
      referrers_;
  mutable std::unordered_set<const workspace::ResourceNode*> waiting_;  // to be checked
  std::unordered_set<const workspace::ResourceNode*> to_report_;
  std::unordered_set<const workspace::ResourceNode*> to_show_;  // findings that are as they were
};

}  // namespace checks
