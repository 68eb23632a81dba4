#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::tis0401 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS off: at least one call that no DestinationRule clause gives `tls`, to a
server for which the mesh's own PeerAuthentication decides STRICT.)",
    .why = R"(Without auto mTLS clients encrypt only where a DestinationRule tells them to. All
others send plaintext, servers refuse it, and calls end in 503: right after the policy
is applied, across the whole mesh.)",
    .example = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: false
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: STRICT
)",
    .fixed = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: false
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: STRICT
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: mesh-enable-mtls
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(- *Insert a mesh-wide DestinationRule with ISTIO_MUTUAL*: preferred; clients encrypt.
  Rules for single hosts without `tls` still come first for those hosts; if calls
  would go on failing, this fix is not offered.
- *Set the policy to PERMISSIVE*: weakens; the whole mesh accepts plaintext.)",
    .kiali = "KIA0401",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0401",
};

void run(CheckContext& context) {
  report_missing_tls(context, kTis0401, true, "no DestinationRule has all clients of the mesh send mTLS");
}

void plan_fixes(FixContext& context) {
  const workspace::EffectiveSettings& settings = context.graph().settings();
  context.insert_rule("mesh-enable-mtls", settings.root_namespace, "*." + settings.cluster_domain,
                      "ISTIO_MUTUAL");
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0401

namespace checks {

const Check kTis0401 = {.code = "TIS0401",
                        .name = "no-mutual-rule-for-strict-mesh",
                        .title = "Auto mTLS is off and clients send plaintext to a STRICT mesh",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .needs_all = true,
                        .docs = tis0401::kDocs,
                        .run = tis0401::run,
                        .plan_fixes = tis0401::plan_fixes};

}  // namespace checks
