#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "A DestinationRule clause with ISTIO_MUTUAL or MUTUAL that decides a call to a server whose "
        "namespace or workload policy is DISABLE.",
    .why = "The server's proxy expects plaintext and the connection is reset: clients see 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0505",
    .url = "",
};

const ConflictTexts kTexts = {"disables mTLS", "makes clients use mTLS towards"};

void run(CheckContext& context) {
  report_conflicts(
      context, kTis0502, workspace::Failure::MutualToDisable,
      [&](const Conflict& conflict) { return !decided_by_mesh_policy(context.graph(), conflict.policy); },
      kTexts);
}

void plan_fixes(FixContext& context) {
  context.set_clauses("DISABLE");
  context.set_policies("PERMISSIVE");
}

}  // namespace

const Check kTis0502 = {
    .code = "TIS0502",
    .name = "mutual-clause-against-disabled-policy",
    .title = "A DestinationRule uses mTLS towards servers whose policy disables it",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = kDocs,
    .run = run,
    .plan_fixes = plan_fixes};

}  // namespace checks
