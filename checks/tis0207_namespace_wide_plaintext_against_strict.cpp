#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::tis0207 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(What TIS0208 reports, in one case: the DestinationRule for a whole namespace
(`*.shop.svc.cluster.local`), kept in that namespace, against that namespace's own
PeerAuthentication without selector. It is given, instead of TIS0208, only with the
setting `separateTIS0207: true`.)",
    .why = R"(The server's proxy has no way in for plaintext and resets the connection: every call
into the namespace ends in 503 (for TCP, in a reset), also from clients whose sidecars
could speak mTLS perfectly well.)",
    .example = R"(# With `separateTIS0207: true` in .istio-mtls.yaml
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
  name: default
  namespace: shop
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: DISABLE
)",
    .fixed = R"(# With `separateTIS0207: true` in .istio-mtls.yaml
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
  name: default
  namespace: shop
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(- *Set the policy to PERMISSIVE*: weakens; the namespace accepts plaintext from
  everybody.
- *Set the rule to ISTIO_MUTUAL*: preferred; clients encrypt, the policy stays as it
  is.)",
    .kiali = "KIA0207",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0207",
};

void run(CheckContext& context) {
  report_conflicts(context, kTis0207, workspace::Failure::PlaintextToStrict, [&](const Conflict& conflict) {
    return context.mesh().settings().separate_tis0207.value_or(false) &&
           is_namespace_wide_pair(context.graph(), conflict);
  });
}

void plan_fixes(FixContext& context) {
  context.set_clauses("ISTIO_MUTUAL", context.all_clauses_are(workspace::TlsMode::Disable));
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0207

namespace checks {

const Check kTis0207 = {
    .code = "TIS0207",
    .name = "namespace-wide-plaintext-against-strict",
    .title = "A namespace-wide DestinationRule sends plaintext to its STRICT namespace",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = tis0207::kDocs,
    .run = tis0207::run,
    .plan_fixes = tis0207::plan_fixes};

}  // namespace checks
