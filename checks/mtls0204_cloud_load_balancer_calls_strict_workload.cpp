#include <fmt/format.h>

#include "checks/callers.h"
#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0204 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(An Ingress of class `alb`, `gce` or `gce-internal` leads to a Service all of whose known
workloads refuse plaintext on the port that is called.)",
    .why = R"(These classes make a load balancer of the cloud, outside of the cluster and without a
certificate of the mesh. A STRICT sidecar resets its calls, health checks included: all
targets are unhealthy, and users get 502 or 503.)",
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
spec:
  selector:
    app: catalog
  ports:
    - name: http
      port: 80
      targetPort: 8080
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
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: catalog
  namespace: shop
spec:
  ingressClassName: alb
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: catalog
                port:
                  number: 80
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
    8080:
      mode: PERMISSIVE
---
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: http
      port: 80
      targetPort: 8080
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
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: catalog
  namespace: shop
spec:
  ingressClassName: alb
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: catalog
                port:
                  number: 80
)",
    .fix_safety =
        R"(- *Set the port to PERMISSIVE*, in the workload policy that decides or in a new one for the
  Service's selector: weakens; plaintext is accepted there too, by whoever calls.
- By hand, and better: put an ingress gateway of the mesh behind the load balancer.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/tasks/security/authentication/mtls-migration/",
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  for (auto& [index, call] : refused_calls(context.graph(), node, true)) {
    const std::string what =
        fmt::format("a load balancer outside of the mesh calls {}", to_string(call.service->id));
    report_refused(context, kMtls0204, {&node, Field::BackendName, index, {}, 0}, std::move(call), what);
  }
}

}  // namespace
}  // namespace checks::mtls0204

namespace checks {

const Check kMtls0204 = {.code = "MTLS0204",
                         .name = "cloud-load-balancer-calls-strict-workload",
                         .title = "A cloud load balancer calls workloads that require mTLS",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::Ingress),
                         .docs = mtls0204::kDocs,
                         .run = mtls0204::run,
                         .plan_fixes = open_called_port};

}  // namespace checks
