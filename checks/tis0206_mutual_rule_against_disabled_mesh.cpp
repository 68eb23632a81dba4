#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::tis0206 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule clause with MUTUAL or ISTIO_MUTUAL, of a host that is not mesh-wide,
that decides at least one call to a server for which the mesh's own PeerAuthentication
decides DISABLE. MUTUAL counts only for a wildcard host: behind a single service the
application may end that TLS itself.)",
    .why = R"(The server's proxy takes what comes as plaintext, so the client's TLS handshake fails:
every such call ends in 503 with a TLS error in the client's proxy log. A rule written
before mTLS was disabled for the mesh is the usual cause.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: DISABLE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: mesh-disable-mtls
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
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
  namespace: istio-system
spec:
  mtls:
    mode: PERMISSIVE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: mesh-disable-mtls
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
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
    .fix_safety = R"(- *Set the rule to DISABLE*: weakens; its calls are no longer encrypted.
- *Set the mesh policy to PERMISSIVE*: preferred; servers take mTLS besides plaintext,
  and nothing that worked stops.)",
    .kiali = "KIA0206",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0206",
};

void run(CheckContext& context) {
  report_conflicts(context, kTis0206, workspace::Failure::MutualToDisable, [&](const Conflict& conflict) {
    return decided_by_mesh_policy(context.graph(), conflict.policy) &&
           !workspace::is_mesh_wide(conflict.rule->host, context.graph().settings().cluster_domain);
  });
}

void plan_fixes(FixContext& context) {
  context.set_clauses("DISABLE");
  context.set_policies("PERMISSIVE");
}

}  // namespace
}  // namespace checks::tis0206

namespace checks {

const Check kTis0206 = {
    .code = "TIS0206",
    .name = "mutual-rule-against-disabled-mesh",
    .title = "A DestinationRule uses mTLS towards servers that the mesh policy disables it for",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = tis0206::kDocs,
    .run = tis0206::run,
    .plan_fixes = tis0206::plan_fixes};

}  // namespace checks
