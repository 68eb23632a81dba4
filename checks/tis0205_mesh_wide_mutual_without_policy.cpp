#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "workspace/host_name.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "With auto mTLS off, a mesh-wide DestinationRule with mTLS and no mesh-wide PeerAuthentication that "
        "accepts it.",
    .why = "Clients start mTLS towards servers that nobody told to expect it.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0205",
    .url = "",
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
  for (const workspace::ClauseRef clause : rule->rule().tls_clauses()) {
    const workspace::TlsMode mode = rule->rule().tls(clause)->mode;
    if (mode != workspace::TlsMode::Mutual && mode != workspace::TlsMode::IstioMutual) continue;
    context.report(kTis0205, tls_of(rule, clause),
                   fmt::format("{} makes clients of the whole mesh use mTLS, but no mesh-wide "
                               "PeerAuthentication is STRICT or PERMISSIVE",
                               to_string(rule->id)));
  }
}

}  // namespace

const Check kTis0205 = {.code = "TIS0205",
                        .name = "mesh-wide-mutual-without-policy",
                        .title = "A mesh-wide DestinationRule asks for mTLS that no mesh policy backs",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
