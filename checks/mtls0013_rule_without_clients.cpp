#include <fmt/format.h>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0013 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule with `tls` for a host of another namespace, in a namespace (not the
root) where no known workload has a sidecar or is a gateway, while workloads with a sidecar
are known elsewhere.)",
    .why = R"(A rule for another namespace's service counts for clients of the rule's own namespace alone:
Istio looks in the client's namespace, then in the service's, then in the root namespace. With
no client here the rule decides nothing, whatever its `exportTo` says.)",
    .example = R"(apiVersion: apps/v1
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
        - name: main
          image: example.com/catalog
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: rules
spec:
  host: catalog.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fixed = R"(apiVersion: apps/v1
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
        - name: main
          image: example.com/catalog
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety =
        R"(None is offered: the clients may be in manifests that are not here. By hand: move the rule
to the service's namespace, or to the root namespace.)",
    .kiali = "",
    .url =
        "https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  const workspace::PolicyGraph& graph = context.graph();
  if (!graph.lacks_clients(*rule)) return;
  context.report(
      kMtls0013, host_of(rule),
      fmt::format("{} is for namespace {}, but only clients in {} would use it, where no workload with a "
                  "sidecar is known",
                  to_string(rule->id),
                  workspace::namespace_of_host(rule->host, graph.settings().cluster_domain), rule->id.ns));
}

}  // namespace
}  // namespace checks::mtls0013

namespace checks {

const Check kMtls0013 = {.code = "MTLS0013",
                         .name = "rule-without-clients",
                         .title = "A rule for another namespace where no client is",
                         .severity = Severity::Information,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .needs_all = true,
                         .needs_all_pods = true,
                         .docs = mtls0013::kDocs,
                         .run = mtls0013::run,
                         .plan_fixes = nullptr};

}  // namespace checks
