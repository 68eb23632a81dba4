#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A PeerAuthentication with a selector that an older one's selector contains.",
    .why = "Istio takes the oldest that matches, so the younger one has no effect.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  std::vector<Site> covering;
  for (const workspace::PolicyNode* other :
       context.graph().find_namespace(policy->id.ns)->selector_policies) {
    if (other == policy) break;  // oldest first
    if (workspace::is_subset(other->policy().selector, policy->policy().selector))
      covering.push_back(name_of(other));
  }
  if (covering.empty()) return;
  StoredFinding& finding =
      context.report(kMtls0005, name_of(policy),
                     fmt::format("{} never decides: {} is older and selects all its workloads",
                                 to_string(policy->id), to_string(covering.front().node->id)));
  std::sort(covering.begin(), covering.end(), before);
  finding.related = std::move(covering);
  finding.related_message = "decides instead";
}

}  // namespace

const Check kMtls0005 = {
    .code = "MTLS0005",
    .name = "policy-that-never-decides",
    .title = "A PeerAuthentication never decides because an older one selects all its workloads",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
    .docs = kDocs,
    .run = run,
    .plan_fixes = nullptr};

}  // namespace checks
