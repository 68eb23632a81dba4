#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::tis0205 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS off: a DestinationRule for the whole mesh (`*`, `*.local`,
`*.cluster.local`, `*.svc.cluster.local`) with MUTUAL or ISTIO_MUTUAL in any of its
clauses, while no PeerAuthentication for the whole mesh is STRICT or PERMISSIVE.)",
    .why = R"(The two belong together: the rule makes all clients speak mTLS, the policy says that
servers take it. Without the policy the mesh rests on Istio's default, PERMISSIVE,
which nobody wrote down, or it contradicts a DISABLE; then calls fail with 503. And
where mTLS everywhere was the aim, servers still accept plaintext.)",
    .example = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: false
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: default
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
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
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: default
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
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
    .fix_safety = R"(None is offered. By hand: add a PeerAuthentication without selector to the root
namespace, PERMISSIVE first if some clients have no sidecar.)",
    .kiali = "KIA0205",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0205",
};

bool mesh_policy_accepts_mtls(const workspace::PolicyGraph& graph) {
  const workspace::PolicyNode* mesh = graph.mesh_policy();
  if (mesh == nullptr) return false;
  const workspace::MtlsMode mode = mesh->policy().mode.mode;
  return mode == workspace::MtlsMode::Strict || mode == workspace::MtlsMode::Permissive;
}

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  const workspace::PolicyGraph& graph = context.graph();
  if (graph.settings().enable_auto_mtls || rule->siblings == nullptr) return;
  if (!workspace::is_mesh_wide(rule->host, graph.settings().cluster_domain)) return;
  if (mesh_policy_accepts_mtls(graph)) return;
  rule->rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
    if (tls.mode != workspace::TlsMode::Mutual && tls.mode != workspace::TlsMode::IstioMutual) return;
    context.report(kTis0205, tls_of(rule, clause),
                   "This rule sends mTLS in the whole mesh, but no mesh-wide PeerAuthentication is STRICT or "
                   "PERMISSIVE");
  });
}

}  // namespace
}  // namespace checks::tis0205

namespace checks {

const Check kTis0205 = {.code = "TIS0205",
                        .name = "mesh-wide-mutual-without-policy",
                        .title = "A mesh-wide DestinationRule asks for mTLS that no mesh policy backs",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                        .docs = tis0205::kDocs,
                        .run = tis0205::run,
                        .plan_fixes = nullptr};

}  // namespace checks
