#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::tis0502 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule clause with MUTUAL or ISTIO_MUTUAL that decides at least one call to
a server for which a PeerAuthentication of its namespace, of the workload, or of one
of its ports decides DISABLE. MUTUAL counts only for a wildcard host: behind a single
service the application may end that TLS itself.)",
    .why = R"(The server's proxy takes what comes as plaintext, so the client's TLS handshake fails:
calls end in 503 with a TLS error in the client's proxy log.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: DISABLE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: PERMISSIVE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(- *Set the clause to DISABLE*: weakens; its calls are no longer encrypted.
- *Set the policy to PERMISSIVE*: preferred; servers take mTLS besides plaintext, and
  nothing that worked stops.)",
    .kiali = "KIA0505",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0502",
};

void run(CheckContext& context) {
  report_conflicts(context, kTis0502, workspace::Failure::MutualToDisable, [&](const Conflict& conflict) {
    return !decided_by_mesh_policy(context.graph(), conflict.policy);
  });
}

void plan_fixes(FixContext& context) {
  context.set_clauses("DISABLE");
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0502

namespace checks {

const Check kTis0502 = {
    .code = "TIS0502",
    .name = "mutual-clause-against-disabled-policy",
    .title = "A DestinationRule uses mTLS towards servers whose policy disables it",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = tis0502::kDocs,
    .run = tis0502::run,
    .plan_fixes = tis0502::plan_fixes};

}  // namespace checks
