#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"
#include "workspace/mesh/rule_lookup.h"

namespace checks::tis0503 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(The mesh's own PeerAuthentication is DISABLE, and

- (error) a clause of a mesh-wide DestinationRule (`*`, `*.local`, `*.cluster.local`,
  `*.svc.cluster.local`) with MUTUAL or ISTIO_MUTUAL decides at least one call to a
  server for which that policy decides; or
- (warning, where there is no such error) no DestinationRule in the root namespace,
  exported to all, has a mesh-wide host and DISABLE at its top level.)",
    .why = R"(As an error: servers take plaintext only, clients start TLS, and the handshake fails:
503 for every call that no narrower rule covers. As a warning: nothing fails yet,
since clients with auto mTLS adapt, but nothing states on the clients' side that the
mesh is in plaintext on purpose, and the first rule with ISTIO_MUTUAL that somebody
adds breaks the calls it decides.)",
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
  name: default
  namespace: istio-system
spec:
  host: "*.local"
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
    mode: STRICT
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: default
  namespace: istio-system
spec:
  host: "*.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(For the error:

- *Set the mesh policy to PERMISSIVE*: preferred; servers take mTLS besides plaintext.
- *Set the mesh policy to STRICT*: offered only if that leaves no error.
- *Set the rule to DISABLE*: weakens; clients of the mesh send plaintext.

For the warning:

- *Insert the DestinationRule `mesh-disable-mtls`* at the end of the file, or in a new
  one: preferred, since it writes down what happens anyway; weakens; calls into namespaces
  with a PERMISSIVE policy of their own, which auto mTLS encrypts, become plaintext.
- *Set the mesh policy to PERMISSIVE* or *to STRICT*: as above, and not preferred.)",
    .kiali = "KIA0506",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0503",
};

bool has_error_form(const workspace::PolicyGraph& graph) {
  const auto fails = [](const workspace::Edge* edge) {
    return edge->failure == workspace::Failure::MutualToDisable && edge->chain->fell_through_to_mesh;
  };
  const auto& rules = graph.mesh_wide_rules();
  return std::any_of(rules.begin(), rules.end(), [&fails](const workspace::RuleNode* rule) {
    return std::any_of(rule->sources.begin(), rule->sources.end(), [&fails](const auto& source) {
      return std::any_of(source->edges.begin(), source->edges.end(), fails);
    });
  });
}

// A public rule of the root namespace for the whole mesh with DISABLE on top.
bool has_recommended_rule(const workspace::PolicyGraph& graph) {
  const auto& rules = graph.mesh_wide_rules();
  return std::any_of(rules.begin(), rules.end(), [&graph](const workspace::RuleNode* node) {
    const workspace::ClientTls* tls = node->rule().tls({});
    return graph.is_root(node->id.ns) && node->is_public && tls != nullptr &&
           tls->mode == workspace::TlsMode::Disable;
  });
}

void report_missing_rule(CheckContext& context) {
  const workspace::PolicyGraph& graph = context.graph();
  const workspace::PolicyNode* policy = context.policy();
  if (policy == nullptr || policy != graph.mesh_policy()) return;
  if (policy->policy().mode.mode != workspace::MtlsMode::Disable) return;
  if (has_recommended_rule(graph) || has_error_form(graph)) return;
  StoredFinding& finding = context.report(
      kTis0503, {policy, Field::Mode, -1, {}, 0},
      fmt::format(
          "This mesh-wide policy is DISABLE (plaintext only), but no DestinationRule in {} has clients send "
          "plaintext",
          policy->id.ns));
  finding.severity = Severity::Warning;
}

void run(CheckContext& context) {
  report_conflicts(context, kTis0503, workspace::Failure::MutualToDisable, [&](const Conflict& conflict) {
    return decided_by_mesh_policy(context.graph(), conflict.policy) &&
           workspace::is_mesh_wide(conflict.rule->host, context.graph().settings().cluster_domain);
  });
  report_missing_rule(context);
}

void plan_fixes(FixContext& context) {
  const workspace::EffectiveSettings& settings = context.graph().settings();
  const bool is_conflict = !context.finding().related.empty();
  if (is_conflict) {
    context.set_clauses("DISABLE");
  } else {
    // It writes down what happens anyway.
    context.insert_rule("mesh-disable-mtls", settings.root_namespace, "*." + settings.cluster_domain,
                        "DISABLE", 0, true);
  }
  context.set_policies("PERMISSIVE", is_conflict);
  context.set_policies("STRICT");
}

}  // namespace
}  // namespace checks::tis0503

namespace checks {

const Check kTis0503 = {
    .code = "TIS0503",
    .name = "mesh-wide-mutual-against-disabled-mesh",
    .title = "mTLS is disabled for the mesh, but clients are not told so",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .needs_all = true,
    .docs = tis0503::kDocs,
    .run = tis0503::run,
    .plan_fixes = tis0503::plan_fixes};

}  // namespace checks
