#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0009 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication whose mode DISABLE decides, port levels aside, for a known workload
in ambient mode: the label `istio.io/dataplane-mode: ambient` of its pods or of its
Namespace.)",
    .why = R"(ztunnel does not support DISABLE and treats it as PERMISSIVE: clients of the mesh go on
using mTLS, and the servers take both. Whoever counts on plaintext, for a packet capture
or an old client library, does not get it.)",
    .example = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: DISABLE
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
)",
    .fixed = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: PERMISSIVE
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
)",
    .fix_safety = R"(None is offered. By hand: write PERMISSIVE, which is what holds.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  for (const std::int32_t port : failing_fields(*policy, {workspace::Failure::DisableInAmbient})) {
    context.report(
        kMtls0009, {policy, Field::Mode, port, {}, 0},
        fmt::format("{} is DISABLE, which acts as PERMISSIVE for ambient workloads", to_string(policy->id)));
  }
}

}  // namespace
}  // namespace checks::mtls0009

namespace checks {

const Check kMtls0009 = {.code = "MTLS0009",
                         .name = "disable-in-ambient",
                         .title = "DISABLE acts as PERMISSIVE for ambient workloads",
                         .severity = Severity::Information,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = mtls0009::kDocs,
                         .run = mtls0009::run,
                         .plan_fixes = nullptr};

}  // namespace checks
