#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "A DestinationRule clause with DISABLE or SIMPLE that decides a call to a server whose "
        "PeerAuthentication is STRICT.",
    .why = "The server's proxy refuses plaintext: calls fail with 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0208",
    .url = "",
};

const ConflictTexts kTexts = {"requires mTLS", "makes clients send plaintext to"};

void run(CheckContext& context) {
  report_conflicts(
      context, kTis0208, workspace::Failure::PlaintextToStrict,
      [&](const Conflict& conflict) {
        return !context.mesh().settings().separate_tis0207.value_or(false) ||
               !is_namespace_wide_pair(context.graph(), conflict);
      },
      kTexts);
}

void plan_fixes(FixContext& context) {
  context.set_policies("PERMISSIVE");
  context.set_clauses("ISTIO_MUTUAL");
}

}  // namespace

const Check kTis0208 = {
    .code = "TIS0208",
    .name = "plaintext-clause-against-strict-policy",
    .title = "A DestinationRule sends plaintext to servers that require mTLS",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = kDocs,
    .run = run,
    .plan_fixes = plan_fixes};

}  // namespace checks
