#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A PeerAuthentication whose selector matches no workload of a namespace that has some.",
    .why = "The policy does nothing: usually a label was mistyped or renamed.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0004",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  const workspace::NamespaceNode* ns = context.graph().find_namespace(policy->id.ns);
  if (ns->workloads.empty()) return;
  if (!workspace::PolicyGraph::matching_workloads(*ns, policy->policy().selector).empty()) return;
  context.report(kTis0003, {policy, Field::SelectorKey, -1, {}, 0},
                 fmt::format("{} selects none of the {} workloads of namespace {}", to_string(policy->id),
                             ns->workloads.size(), policy->id.ns));
}

}  // namespace

const Check kTis0003 = {.code = "TIS0003",
                        .name = "selector-matches-nothing",
                        .title = "A PeerAuthentication's selector matches no workload",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
