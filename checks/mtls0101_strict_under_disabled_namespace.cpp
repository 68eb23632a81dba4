#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0101 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS on: a PeerAuthentication with a selector, or one of its ports, is STRICT,
while the namespace's or the mesh's own mode is DISABLE, and no DestinationRule clause
gives `tls` for a call to such a workload.)",
    .why = R"(Auto mTLS looks at the mode of the namespace only: where that is DISABLE, clients send
plaintext to every workload of the namespace, and the STRICT one resets the connection.
All its callers get 503.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: DISABLE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    matchLabels:
      app: ledger
  mtls:
    mode: STRICT
---
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    app: ledger
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    matchLabels:
      app: ledger
  template:
    metadata:
      labels:
        app: ledger
    spec:
      containers:
        - name: main
          image: example.com/ledger
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: DISABLE
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    matchLabels:
      app: ledger
  mtls:
    mode: STRICT
---
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    app: ledger
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
  namespace: shop
spec:
  selector:
    matchLabels:
      app: ledger
  template:
    metadata:
      labels:
        app: ledger
    spec:
      containers:
        - name: main
          image: example.com/ledger
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ledger
  namespace: shop
spec:
  host: "ledger.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety =
        R"(- *Insert a DestinationRule with ISTIO_MUTUAL*: preferred; offered where one Service leads
  to the policy's workloads.
- *Set the policy to PERMISSIVE*: weakens; its workloads accept plaintext.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls",
};

using workspace::Failure;

// The Service behind which the policy's workloads are; null: there is none, or several.
const workspace::ServiceNode* only_service(const workspace::PolicyGraph& graph,
                                           const workspace::PolicyNode& policy) {
  const auto ns = graph.namespaces().find(policy.id.ns);
  if (ns == graph.namespaces().end()) return nullptr;
  const workspace::ServiceNode* found = nullptr;
  for (const auto& [host, service] : ns->second->services) {
    if (service->service().selector.empty()) continue;
    const auto servers = graph.servers(graph.view_of(*ns->second, host), nullptr);
    const bool leads = std::any_of(servers.begin(), servers.end(),
                                   [&policy](const auto& server) { return server.policy == &policy; });
    if (!leads) continue;
    if (found != nullptr) return nullptr;
    found = service;
  }
  return found;
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  std::map<std::int32_t, std::vector<FieldRef>> places;
  for (const workspace::PolicyChain* chain : policy->decides) {
    for (const workspace::Edge* edge : chain->edges) {
      if (edge->failure == Failure::AutoPlaintextToStrict)
        places[chain->site.port].push_back(mode_of(chain->ns_site));
    }
  }
  for (auto& [port, disabled] : places) {
    sort_unique(disabled);
    StoredFinding& finding = context.report(
        kMtls0101, {policy, Field::Mode, port, {}, 0},
        fmt::format("Calls fail (503): this policy is STRICT, but {} is DISABLE for the namespace, so "
                    "auto mTLS sends plaintext",
                    to_string(disabled.front().node->id)));
    finding.related = std::move(disabled);
    finding.related_message = "mode DISABLE for the namespace";
  }
}

void plan_fixes(FixContext& context) {
  const auto& policy = static_cast<const workspace::PolicyNode&>(*context.finding().at.node);
  if (const workspace::ServiceNode* service = only_service(context.graph(), policy)) {
    context.insert_rule(
        service->id.name.str(), service->id.ns.str(),
        workspace::service_host(service->id.name, service->id.ns, context.graph().settings().cluster_domain),
        "ISTIO_MUTUAL");
  }
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::mtls0101

namespace checks {

const Check kMtls0101 = {.code = "MTLS0101",
                         .name = "strict-under-disabled-namespace",
                         .title = "Auto mTLS sends plaintext to a STRICT workload of a DISABLE namespace",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = mtls0101::kDocs,
                         .run = mtls0101::run,
                         .plan_fixes = mtls0101::plan_fixes};

}  // namespace checks
