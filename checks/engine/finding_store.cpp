#include "checks/engine/finding_store.h"

#include <utility>

namespace checks {

using workspace::ResourceNode;

void FindingStore::update(const workspace::MeshDelta& delta) {
  // What a removed node was to be reported for, the nodes that stand for it now are.
  if (has_deferred()) to_report_.insert(delta.changed.begin(), delta.changed.end());
  drop_removed(delta);
  for (const ResourceNode* node : delta.changed) check(node);
  waiting_.insert(delta.eased.begin(), delta.eased.end());
}

void FindingStore::defer_update(const workspace::MeshDelta& delta) {
  drop_removed(delta);
  for (const auto* nodes : {&delta.changed, &delta.eased}) {
    for (const ResourceNode* node : *nodes) {
      to_report_.insert(node);
      if (!checks_->of(node->id.kind).empty()) waiting_.insert(node);
    }
  }
}

void FindingStore::show_referrers(const ResourceNode* node) {
  if (const auto at = referrers_.find(node); at != referrers_.end()) {
    for (const auto& [referrer, count] : at->second) to_show_.insert(referrer);
  }
}

const ResourceNode* FindingStore::step() {
  auto& from = to_report_.empty() ? to_show_ : to_report_;
  if (from.empty()) return nullptr;
  const ResourceNode* node = *from.begin();
  from.erase(from.begin());
  if (&from == &to_show_) return node;
  if (waiting_.contains(node)) check(node);
  show_referrers(node);  // another definition may count now, in another place
  return node;
}

void FindingStore::drop_removed(const workspace::MeshDelta& delta) {
  if (delta.rebuilt) {
    findings_.clear();
    referrers_.clear();
    waiting_.clear();
  }
  for (const auto& node : delta.removed) {
    forget(node.get());
    waiting_.erase(node.get());
    to_report_.erase(node.get());
    to_show_.erase(node.get());
  }
}

void FindingStore::check(const ResourceNode* node) const {
  waiting_.erase(node);
  std::vector<StoredFinding> found = run_checks(*node);
  forget(node);
  remember(node, std::move(found));
}

std::vector<StoredFinding> FindingStore::run_checks(const ResourceNode& node) const {
  std::vector<StoredFinding> found;
  CheckContext context(*mesh_, node, found);
  for (const Check* check : checks_->of(node.id.kind)) {
    if (unseen_.documents && check->needs_all) continue;
    if (unseen_.pods && check->needs_all_pods) continue;
    check->run(context);
  }
  if (unseen_.documents) {
    for (StoredFinding& finding : found) {
      if (finding.severity == Severity::Error && !finding.is_sure) finding.severity = Severity::Warning;
    }
  }
  return found;
}

std::span<const StoredFinding> FindingStore::of(const ResourceNode* node) const {
  if (waiting_.contains(node)) check(node);
  const auto at = findings_.find(node);
  return at == findings_.end() ? std::span<const StoredFinding>() : at->second;
}

const FindingStore::Findings& FindingStore::all() const {
  while (!waiting_.empty()) check(*waiting_.begin());
  return findings_;
}

std::vector<const ResourceNode*> FindingStore::referrers(const ResourceNode* node) const {
  std::vector<const ResourceNode*> found;
  if (const auto at = referrers_.find(node); at != referrers_.end()) {
    for (const auto& [referrer, count] : at->second) found.push_back(referrer);
  }
  return found;
}

void FindingStore::forget(const ResourceNode* node) const {
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

void FindingStore::remember(const ResourceNode* node, std::vector<StoredFinding> findings) const {
  if (findings.empty()) return;
  for (const StoredFinding& finding : findings) {
    for (const FieldRef& related : finding.related) ++referrers_[related.node][node];
  }
  findings_[node] = std::move(findings);
}

}  // namespace checks
