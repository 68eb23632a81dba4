#include <fmt/format.h>

#include "checks/callers.h"
#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0201 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A webhook (`clientConfig.service`), a CustomResourceDefinition's conversion or an APIService
leads to a Service all of whose known workloads refuse plaintext on the port that is
called: their sidecar takes it, and their mode is STRICT.)",
    .why = R"(The API server has no certificate of the mesh. It speaks its own TLS, which a STRICT
sidecar resets: with `failurePolicy: Fail` nothing can be created any more, with `Ignore`
nothing is checked any more, and an APIService becomes unavailable.)",
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
  name: admission
  namespace: shop
spec:
  selector:
    app: admission
  ports:
    - name: https
      port: 443
      targetPort: 8443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: admission
  namespace: shop
spec:
  selector:
    matchLabels:
      app: admission
  template:
    metadata:
      labels:
        app: admission
    spec:
      containers:
        - name: main
          image: example.com/admission
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: admission
webhooks:
  - name: admission.example.com
    clientConfig:
      service:
        name: admission
        namespace: shop
        path: /validate
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
  name: admission
  namespace: shop
spec:
  selector:
    matchLabels:
      app: admission
  portLevelMtls:
    8443:
      mode: PERMISSIVE
---
apiVersion: v1
kind: Service
metadata:
  name: admission
  namespace: shop
spec:
  selector:
    app: admission
  ports:
    - name: https
      port: 443
      targetPort: 8443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: admission
  namespace: shop
spec:
  selector:
    matchLabels:
      app: admission
  template:
    metadata:
      labels:
        app: admission
    spec:
      containers:
        - name: main
          image: example.com/admission
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: admission
webhooks:
  - name: admission.example.com
    clientConfig:
      service:
        name: admission
        namespace: shop
        path: /validate
)",
    .fix_safety =
        R"(- *Set the port to PERMISSIVE*, in the workload policy that decides or in a new one for the
  Service's selector: weakens; plaintext is accepted there too, by whoever calls.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/common-problems/injection/",
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  for (auto& [index, call] : refused_calls(context.graph(), node, true)) {
    const std::string what =
        fmt::format("the API server, which has no mesh certificate, calls {}", to_string(call.service->id));
    report_refused(context, kMtls0201, {&node, Field::CalledService, index, {}, 0}, std::move(call), what);
  }
}

}  // namespace
}  // namespace checks::mtls0201

namespace checks {

const Check kMtls0201 = {
    .code = "MTLS0201",
    .name = "api-server-calls-strict-workload",
    .title = "The API server calls workloads that require mTLS",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::MutatingWebhookConfiguration,
                                   workspace::Kind::ValidatingWebhookConfiguration,
                                   workspace::Kind::CustomResourceDefinition, workspace::Kind::APIService),
    .docs = mtls0201::kDocs,
    .run = mtls0201::run,
    .plan_fixes = open_called_port};

}  // namespace checks
