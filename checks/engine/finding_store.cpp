#include "checks/engine/finding_store.h"

#include <utility>

namespace checks {

using workspace::ResourceNode;

void FindingStore::update(const workspace::Mesh& mesh, const workspace::MeshDelta& delta) {
  if (delta.rebuilt) {
    findings_.clear();
    referrers_.clear();
    waiting_.clear();
  }
  for (const auto& node : delta.removed) {
    forget(node.get());
    waiting_.erase(node.get());
  }
  for (const ResourceNode* node : delta.changed) check(mesh, node);
  waiting_.insert(delta.eased.begin(), delta.eased.end());
}

void FindingStore::check(const workspace::Mesh& mesh, const ResourceNode* node) {
  waiting_.erase(node);
  std::vector<StoredFinding> found = run_checks(mesh, *node);
  forget(node);
  remember(node, std::move(found));
}

std::vector<StoredFinding> FindingStore::run_checks(const workspace::Mesh& mesh,
                                                    const ResourceNode& node) const {
  std::vector<StoredFinding> found;
  CheckContext context(mesh, node, found);
  for (const Check* check : checks_->of(node.id.kind)) check->run(context);
  return found;
}

const std::unordered_map<const ResourceNode*, std::vector<StoredFinding>>& FindingStore::all(
    const workspace::Mesh& mesh) {
  while (!waiting_.empty()) check(mesh, *waiting_.begin());
  return findings_;
}

std::span<const StoredFinding> FindingStore::of(const workspace::Mesh& mesh, const ResourceNode* node) {
  if (waiting_.contains(node)) check(mesh, node);
  const auto at = findings_.find(node);
  return at == findings_.end() ? std::span<const StoredFinding>() : at->second;
}

std::vector<const ResourceNode*> FindingStore::referrers(const ResourceNode* node) const {
  std::vector<const ResourceNode*> found;
  if (const auto at = referrers_.find(node); at != referrers_.end()) {
    for (const auto& [referrer, count] : at->second) found.push_back(referrer);
  }
  return found;
}

void FindingStore::forget(const ResourceNode* node) {
  const auto at = findings_.find(node);
  if (at == findings_.end()) return;
  for (const StoredFinding& finding : at->second) {
    for (const FieldRef& related : finding.related) {
      auto& counts = referrers_[related.node];
      const auto count = counts.find(node);
      if (--count->second == 0) counts.erase(count);
      if (counts.empty()) referrers_.erase(related.node);
    }
  }
  findings_.erase(at);
}

void FindingStore::remember(const ResourceNode* node, std::vector<StoredFinding> findings) {
  if (findings.empty()) return;
  for (const StoredFinding& finding : findings) {
    for (const FieldRef& related : finding.related) ++referrers_[related.node][node];
  }
  findings_[node] = std::move(findings);
}

}  // namespace checks
