#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::tis0002 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(Two PeerAuthentications with selectors, outside the root namespace, that both match
one workload of the files, whether that workload has a sidecar or not.)",
    .why = R"(For each workload the oldest policy that matches decides alone; policies are not
merged. The other one looks in force and is not, port levels included, and creation
times differ from cluster to cluster.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: backends
  namespace: shop
spec:
  selector:
    matchLabels:
      tier: backend
  mtls:
    mode: PERMISSIVE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
        tier: backend
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: backends
  namespace: shop
spec:
  selector:
    matchLabels:
      tier: legacy-backend
  mtls:
    mode: PERMISSIVE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
        tier: backend
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
spec:
  selector:
    matchLabels:
      app: orders
  template:
    metadata:
      labels:
        app: orders
        tier: legacy-backend
    spec:
      containers:
        - name: orders
          image: example.com/orders:1.0
)",
    .fix_safety = R"(None is offered. By hand: make the selectors exclude each other, or merge the two
policies.)",
    .kiali = "KIA0003",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0002",
};

void add_overlapping(const workspace::PolicyGraph& graph, const workspace::PolicyNode* policy,
                     const workspace::NamespaceNode& ns, std::vector<FieldRef>& others) {
  const auto workloads = graph.matching_workloads(ns, policy->policy().selector);
  for (const workspace::PolicyNode* other : ns.selector_policies) {
    if (other == policy) continue;
    const bool overlaps = std::any_of(workloads.begin(), workloads.end(), [&](const auto* workload) {
      return graph.selects(other->policy().selector, ns, *workload);
    });
    if (overlaps) others.push_back(name_of(other));
  }
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  std::vector<FieldRef> others;
  add_overlapping(context.graph(), policy, *context.graph().find_namespace(policy->id.ns), others);
  if (others.empty()) return;
  StoredFinding& finding = context.report(
      kTis0002, name_of(policy),
      fmt::format(
          "This policy selects a workload that {} selects too: Istio uses only the oldest of them there",
          to_string(others.front().node->id)));
  finding.related = std::move(others);
  finding.related_message = "selects the same workload";
}

}  // namespace
}  // namespace checks::tis0002

namespace checks {

const Check kTis0002 = {.code = "TIS0002",
                        .name = "selectors-match-one-workload",
                        .title = "Several PeerAuthentications select one workload",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = tis0002::kDocs,
                        .run = tis0002::run,
                        .plan_fixes = nullptr};

}  // namespace checks
