#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "workspace/host_name.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "A DestinationRule, not mesh-wide, that makes clients use mTLS towards servers for which the mesh "
        "policy is DISABLE.",
    .why = "The server's proxy expects plaintext and the connection is reset: clients see 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0206",
    .url = "",
};

const ConflictTexts kTexts = {"disables mTLS for the mesh", "makes clients use mTLS towards"};

void run(CheckContext& context) {
  report_conflicts(
      context, kTis0206, workspace::Failure::MutualToDisable,
      [&](const Conflict& conflict) {
        return decided_by_mesh_policy(context.graph(), conflict.policy) &&
               !workspace::is_mesh_wide(conflict.rule->host, context.graph().settings().cluster_domain);
      },
      kTexts);
}

void plan_fixes(FixContext& context) {
  context.set_clauses("DISABLE");
  context.set_policies("PERMISSIVE");
}

}  // namespace

const Check kTis0206 = {
    .code = "TIS0206",
    .name = "mutual-rule-against-disabled-mesh",
    .title = "A DestinationRule uses mTLS towards servers that the mesh policy disables it for",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = kDocs,
    .run = run,
    .plan_fixes = plan_fixes};

}  // namespace checks
