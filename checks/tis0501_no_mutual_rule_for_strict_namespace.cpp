#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::tis0501 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS off: at least one call that no DestinationRule clause gives `tls`, to a
server for which a PeerAuthentication of its namespace, of the workload, or of one of
its ports decides STRICT.)",
    .why = R"(Without auto mTLS clients encrypt only where a DestinationRule tells them to. All
others send plaintext, the namespace's servers refuse it, and calls end in 503.)",
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
  namespace: shop
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
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: enable-mtls
  namespace: shop
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(- *Insert a DestinationRule for the namespace with ISTIO_MUTUAL*: preferred; clients
  encrypt. Rules for single hosts without `tls` still come first for those hosts; if
  calls would go on failing, this fix is not offered.
- *Set the policy to PERMISSIVE*: weakens; its workloads accept plaintext.)",
    .kiali = "KIA0501",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0501",
};

void run(CheckContext& context) {
  report_missing_tls(context, kTis0501, false, "no DestinationRule has all its clients send mTLS");
}

void plan_fixes(FixContext& context) {
  const std::string ns = context.finding().at.node->id.ns.str();
  context.insert_rule("enable-mtls", ns, "*." + ns + ".svc." + context.graph().settings().cluster_domain,
                      "ISTIO_MUTUAL");
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0501

namespace checks {

const Check kTis0501 = {.code = "TIS0501",
                        .name = "no-mutual-rule-for-strict-namespace",
                        .title = "Auto mTLS is off and clients send plaintext to a STRICT namespace",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .needs_all = true,
                        .docs = tis0501::kDocs,
                        .run = tis0501::run,
                        .plan_fixes = tis0501::plan_fixes};

}  // namespace checks
