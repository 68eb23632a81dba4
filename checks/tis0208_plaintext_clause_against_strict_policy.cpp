#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::tis0208 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule clause (top level, port or subset) with DISABLE or SIMPLE, also as
`tls` without mode, that decides at least one call to a server for which a
PeerAuthentication (of the mesh, the namespace, the workload, or one of its ports)
decides STRICT. Both ends are marked, in whatever files they are. STRICT alone is
never a finding.)",
    .why = R"(The server's proxy has no way in for plaintext and resets the connection: the call
ends in 503 (for TCP, in a reset). SIMPLE fails too, as it brings no client
certificate. The two resources mostly belong to different teams, each looks right
alone, and the failure shows up only in the client's metrics.)",
    .example = R"(apiVersion: security.istio.io/v1
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
  name: catalog
  namespace: web
spec:
  host: catalog.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: DISABLE
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
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: web
spec:
  host: catalog.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(- *Set the clause to ISTIO_MUTUAL*: clients encrypt, the policy stays as it is.
  Preferred where the clause is DISABLE and some failing call is sure. Certificates and
  names that ISTIO_MUTUAL excludes are removed with it.
- *Set the Service's ports to PERMISSIVE*, in the workload policy that decides or in a new
  one: weakens; those ports accept plaintext from everybody, the others stay STRICT.
  Offered where the failing calls reach known ports of one Service.
- *Set the policy to PERMISSIVE*: weakens; its workloads accept plaintext from
  everybody, not from these clients alone.)",
    .kiali = "KIA0208",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0208",
};

void run(CheckContext& context) {
  report_conflicts(context, kTis0208, workspace::Failure::PlaintextToStrict, [&](const Conflict& conflict) {
    return !context.mesh().settings().separate_tis0207.value_or(false) ||
           !is_namespace_wide_pair(context.graph(), conflict);
  });
}

void plan_fixes(FixContext& context) {
  // SIMPLE may be meant for what ends TLS itself.
  context.set_clauses("ISTIO_MUTUAL", context.all_clauses_are(workspace::TlsMode::Disable));
  open_failing_ports(context);
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0208

namespace checks {

const Check kTis0208 = {
    .code = "TIS0208",
    .name = "plaintext-clause-against-strict-policy",
    .title = "A DestinationRule sends plaintext to servers that require mTLS",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule,
                                   workspace::Kind::BackendTLSPolicy),
    .docs = tis0208::kDocs,
    .run = tis0208::run,
    .plan_fixes = tis0208::plan_fixes};

}  // namespace checks
