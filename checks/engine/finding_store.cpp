#include "checks/engine/finding_store.h"

#include <algorithm>
#include <utility>

#include "workspace/cluster/snapshot.h"

namespace checks {

namespace {

bool is_in_cluster(const FieldRef& at) {
  const auto& definition = at.node->definitions[at.definition];
  return workspace::is_cluster_path(definition.document->file->path.view());
}

}  // namespace

using workspace::ResourceNode;

void FindingStore::update(const workspace::MeshDelta& delta) {
  // What a removed node was to be reported for, the nodes that stand for it now are.
  if (has_deferred()) to_report_.insert(delta.changed.begin(), delta.changed.end());
  drop_removed(delta);
  for (const ResourceNode* node : delta.changed) check(node);
  for (const ResourceNode* node : with_order_lost(delta)) check(node);
  waiting_.insert(delta.eased.begin(), delta.eased.end());
}

void FindingStore::defer_update(const workspace::MeshDelta& delta) {
  if (!delta.rebuilt) {
    for (const auto* nodes : {&delta.changed, &delta.eased}) {
      for (const ResourceNode* node : *nodes) show_other_ends(node);
    }
  }
  drop_removed(delta);
  for (const ResourceNode* node : with_order_lost(delta)) {
    to_report_.insert(node);
    waiting_.insert(node);
  }
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
  show_other_ends(node);
  show_referrers(node);  // another definition may count now, in another place
  return node;
}

void FindingStore::drop_removed(const workspace::MeshDelta& delta) {
  if (delta.rebuilt) {
    findings_.clear();
    referrers_.clear();
    waiting_.clear();
  }
  for (const auto& node : delta.removed) show_other_ends(node.get());
  for (const auto& node : delta.removed) {
    forget(node.get());
    waiting_.erase(node.get());
    to_report_.erase(node.get());
    to_show_.erase(node.get());
  }
}

// The resources whose findings name several others, of which some are in another order now.
std::vector<const ResourceNode*> FindingStore::with_order_lost(const workspace::MeshDelta& delta) const {
  std::vector<const ResourceNode*> found;
  if (delta.rebuilt) return found;
  for (const ResourceNode* node : delta.moved) {
    for (const ResourceNode* referrer : referrers(node)) {
      const auto findings = known(referrer);
      if (std::any_of(findings.begin(), findings.end(),
                      [](const StoredFinding& finding) { return finding.related.size() > 1; }))
        found.push_back(referrer);
    }
  }
  return found;
}

// What stands in the cluster is shown at its other ends.
void FindingStore::show_other_ends(const ResourceNode* node) {
  if (!is_laid_over_) return;
  for (const StoredFinding& finding : known(node)) {
    if (!finding.in_cluster) continue;
    for (const FieldRef& related : finding.related) to_show_.insert(related.node);
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
  return known(node);
}

std::span<const StoredFinding> FindingStore::known(const ResourceNode* node) const {
  if (waiting_.contains(node)) return {};  // they may name resources that are gone
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
  for (StoredFinding& finding : findings) {
    for (const FieldRef& related : finding.related) ++referrers_[related.node][node];
    finding.in_cluster = is_laid_over_ && is_in_cluster(finding.at);
  }
  findings_[node] = std::move(findings);
}

}  // namespace checks
