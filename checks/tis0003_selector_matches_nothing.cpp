#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication with a selector, outside the root namespace, that matches no
workload of its namespace, although the files show workloads there. Nothing is said
about a namespace without any: its workloads may be kept elsewhere.)",
    .why = R"(The policy does nothing. Mostly a label was mistyped, or renamed on one side only, and
the workload falls back to the namespace's or the mesh's mode: what was to be STRICT
accepts plaintext.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalogue
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
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
)",
    .fixed = R"(apiVersion: security.istio.io/v1
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
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
)",
    .fix_safety = R"(None is offered. Correct the labels, or delete the policy. Completion after
`matchLabels` knows the labels in use.)",
    .kiali = "KIA0004",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0003",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  const workspace::NamespaceNode* ns = context.graph().find_namespace(policy->id.ns);
  if (ns->workloads.empty()) return;
  if (!context.graph().matching_workloads(*ns, policy->policy().selector).empty()) return;
  context.report(kTis0003, {policy, Field::SelectorKey, -1, {}, 0},
                 fmt::format("{} selects no workload of namespace {} ({} known)", to_string(policy->id),
                             policy->id.ns, ns->workloads.size()));
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
