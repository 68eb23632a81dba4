#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0005 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication with a selector, outside the root namespace, when an older one of
the same namespace has a selector all of whose labels are in this one's. Older means
by `creationTimestamp`, and in files without time stamps by name, in alphabetical
order.)",
    .why = R"(Of all policies that match a workload Istio takes the oldest, not the most specific.
Every workload that this policy selects is selected by the older one as well, so this
policy never decides anything, however exact its selector is. A STRICT that was added
for one version of an application is not in force.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: PERMISSIVE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog-v2
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
      version: v2
  mtls:
    mode: STRICT
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog-v1
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
      version: v1
  mtls:
    mode: PERMISSIVE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog-v2
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
      version: v2
  mtls:
    mode: STRICT
)",
    .fix_safety = R"(None is offered. By hand: make the selectors exclude each other, or merge the two
policies.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  std::vector<FieldRef> covering;
  for (const workspace::PolicyNode* other :
       context.graph().find_namespace(policy->id.ns)->selector_policies) {
    if (other == policy) break;  // oldest first
    if (workspace::is_subset(other->policy().selector, policy->policy().selector))
      covering.push_back(name_of(other));
  }
  if (covering.empty()) return;
  StoredFinding& finding =
      context.report(kMtls0005, name_of(policy),
                     fmt::format("This policy has no effect: {} is older and selects all its workloads",
                                 to_string(covering.front().node->id)));
  std::sort(covering.begin(), covering.end(), before);
  finding.related = std::move(covering);
  finding.related_message = "decides instead";
}

}  // namespace
}  // namespace checks::mtls0005

namespace checks {

const Check kMtls0005 = {
    .code = "MTLS0005",
    .name = "policy-that-never-decides",
    .title = "A PeerAuthentication never decides because an older one selects all its workloads",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
    .docs = mtls0005::kDocs,
    .run = mtls0005::run,
    .plan_fixes = nullptr};

}  // namespace checks
