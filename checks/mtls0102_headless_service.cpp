#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS on: a call without `tls` to a headless service (`clusterIP: None`, or a
DestinationRule with `loadBalancer.simple: PASSTHROUGH`) fails. Either a workload or a
port behind it is DISABLE and clients send mTLS, or some workload behind it has no
sidecar, so that clients send plaintext to all, and another one is STRICT.)",
    .why = R"(For an ordinary service clients choose per workload what to send. For a headless one
Envoy has one setting for all: mTLS if every workload behind it has a sidecar, else
plaintext. A port that is exempted from mTLS then gets mTLS nevertheless: 503 from inside
the mesh, although the same policy works for a service with a cluster IP.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  mtls:
    mode: DISABLE
---
apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: database
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  template:
    metadata:
      labels:
        app: database
    spec:
      containers:
        - name: main
          image: example.com/database
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  mtls:
    mode: DISABLE
---
apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: database
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  template:
    metadata:
      labels:
        app: database
    spec:
      containers:
        - name: main
          image: example.com/database
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: database
  namespace: shop
spec:
  host: "database.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: DISABLE
)",
    .fix_safety =
        R"(- Against STRICT: *Set the policy to PERMISSIVE*: weakens; its workloads accept plaintext.
- Against DISABLE: *Insert a DestinationRule with DISABLE* for the service: writes down
  that its traffic is plaintext; weakens where other workloads behind it take mTLS.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls",
};

using workspace::ClientConfig;
using workspace::Failure;

// What makes the service headless, and what takes the others out.
void add_reasons(const ClientConfig& client, bool plaintext, std::vector<FieldRef>& related) {
  const bool by_rule = client.owner->id.kind == workspace::Kind::DestinationRule;
  related.push_back({client.owner, by_rule ? Field::LoadBalancer : Field::ClusterIp, -1, client.clause, 0});
  if (!plaintext) return;
  for (const workspace::Outsider& outsider : client.outsiders) {
    const FieldRef reason = reason_of(outsider.verdict.reason);
    if (reason.node != nullptr) related.push_back(reason);
  }
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  std::map<std::int32_t, std::vector<FieldRef>> places;
  std::map<std::int32_t, bool> plaintext;
  for (const workspace::PolicyChain* chain : policy->decides) {
    for (const workspace::Edge* edge : chain->edges) {
      const bool is_plaintext = edge->failure == Failure::HeadlessPlaintextToStrict;
      if (!is_plaintext && edge->failure != Failure::HeadlessMutualToDisable) continue;
      add_reasons(*edge->client_config, is_plaintext, places[chain->site.port]);
      plaintext[chain->site.port] = is_plaintext;
    }
  }
  for (auto& [port, related] : places) {
    sort_unique(related);
    const auto headless = std::find_if(related.begin(), related.end(), [](const FieldRef& site) {
      return site.field == Field::ClusterIp || site.field == Field::LoadBalancer;
    });
    StoredFinding& finding = context.report(
        kMtls0102, {policy, Field::Mode, port, {}, 0},
        plaintext[port]
            ? fmt::format(
                  "Calls fail (503): {} is STRICT, but {} is headless and not all its workloads have a "
                  "sidecar, so auto mTLS sends plaintext",
                  to_string(policy->id), to_string(headless->node->id))
            : fmt::format(
                  "Calls fail (503): {} is DISABLE, but {} is headless, so auto mTLS sends mTLS to all "
                  "its workloads",
                  to_string(policy->id), to_string(headless->node->id)));
    finding.related = std::move(related);
    finding.related_message = "headless, or without a sidecar, because of this";
  }
}

void plan_fixes(FixContext& context) {
  const StoredFinding& finding = context.finding();
  const auto& policy = static_cast<const workspace::PolicyNode&>(*finding.at.node);
  const bool strict = policy.policy().mode_at(finding.at.entry).mode == workspace::MtlsMode::Strict;
  if (strict) return context.set_policies("PERMISSIVE");
  for (const FieldRef& site : finding.related) {
    if (site.field != Field::ClusterIp) continue;
    const workspace::ResourceId& service = site.node->id;
    context.insert_rule(
        service.name.str(), service.ns.str(),
        workspace::service_host(service.name, service.ns, context.graph().settings().cluster_domain),
        "DISABLE");
    return;
  }
}

}  // namespace

const Check kMtls0102 = {.code = "MTLS0102",
                         .name = "headless-service",
                         .title = "Auto mTLS does not adapt to the workloads of a headless service",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = kDocs,
                         .run = run,
                         .plan_fixes = plan_fixes};

}  // namespace checks
