#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "Two PeerAuthentications whose selectors match one known workload.",
    .why = "Only the oldest of them counts for that workload; the other looks in force and is not.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0502",
    .url = "",
};

void add_overlapping(const workspace::PolicyNode* policy, const workspace::NamespaceNode& ns,
                     std::vector<Site>& others) {
  const auto workloads = workspace::PolicyGraph::matching_workloads(ns, policy->policy().selector);
  for (const workspace::PolicyNode* other : ns.selector_policies) {
    if (other == policy) continue;
    const bool overlaps = std::any_of(workloads.begin(), workloads.end(), [other](const auto* workload) {
      return workspace::is_subset(other->policy().selector, workload->workload().labels);
    });
    if (overlaps) others.push_back(name_of(other));
  }
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  std::vector<Site> others;
  add_overlapping(policy, *context.graph().find_namespace(policy->id.ns), others);
  if (others.empty()) return;
  StoredFinding& finding = context.report(
      kTis0002, name_of(policy),
      fmt::format("{} selects a workload that {} selects too; only the oldest of them counts there",
                  to_string(policy->id), to_string(others.front().node->id)));
  finding.related = std::move(others);
  finding.related_message = "selects the same workload";
}

}  // namespace

const Check kTis0002 = {.code = "TIS0002",
                        .name = "selectors-match-one-workload",
                        .title = "Several PeerAuthentications select one workload",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
