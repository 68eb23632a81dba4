#include <fmt/format.h>

#include "checks/callers.h"
#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0202 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A ServiceMonitor's or PodMonitor's endpoint without TLS (`scheme` absent or http, no
`tlsConfig`) leads to workloads all of which refuse plaintext on that port. Nothing is said
where a workload labelled as Prometheus is known to be in ambient, nor of the ports 15020
and 15090, which the sidecar serves itself.)",
    .why = R"(Prometheus calls the addresses of pods, with or without a sidecar of its own, so its calls
are plaintext. A STRICT sidecar resets them: the target is down.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
  labels:
    app: catalog
spec:
  selector:
    app: catalog
  ports:
    - name: metrics
      port: 9102
      targetPort: 9102
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
        - name: main
          image: example.com/catalog
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  endpoints:
    - port: metrics
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
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
  portLevelMtls:
    9102:
      mode: PERMISSIVE
---
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
  labels:
    app: catalog
spec:
  selector:
    app: catalog
  ports:
    - name: metrics
      port: 9102
      targetPort: 9102
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
        - name: main
          image: example.com/catalog
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  endpoints:
    - port: metrics
)",
    .fix_safety =
        R"(- *Set the port to PERMISSIVE*, in the workload policy that decides or in a new one for the
  Service's selector: weakens; plaintext is accepted there too, by whoever calls.
- By hand, and better: merge metrics (`prometheus.io/port`), so that the sidecar serves
  them on port 15020, or have Prometheus use certificates of the mesh (`tlsConfig`).)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/integrations/prometheus/#tls-settings",
};

void run(CheckContext& context) {
  if (context.graph().has_ambient_prometheus()) return;
  const workspace::ResourceNode& node = context.subject();
  const bool to_services = node.id.kind == workspace::Kind::ServiceMonitor;
  for (auto& [index, call] : refused_calls(context.graph(), node, to_services)) {
    const std::string target = to_services ? to_string(call.service->id) : std::string("its pods");
    const std::string what = fmt::format("Prometheus scrapes {} in plaintext", target);
    report_refused(context, kMtls0202, {&node, Field::EndpointPort, index, {}, 0}, std::move(call), what);
  }
}

}  // namespace
}  // namespace checks::mtls0202

namespace checks {

const Check kMtls0202 = {
    .code = "MTLS0202",
    .name = "prometheus-calls-strict-workload",
    .title = "Prometheus scrapes workloads that require mTLS",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::ServiceMonitor, workspace::Kind::PodMonitor),
    .docs = mtls0202::kDocs,
    .run = mtls0202::run,
    .plan_fixes = open_called_port};

}  // namespace checks
