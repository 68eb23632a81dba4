#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "With the setting separateTIS0207, what TIS0208 reports, for a namespace's own namespace-wide rule "
        "against its own STRICT policy.",
    .why = "The server's proxy refuses plaintext: every call into the namespace fails with 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0207",
    .url = "",
};

const ConflictTexts kTexts = {"requires mTLS", "makes clients send plaintext to"};

void run(CheckContext& context) {
  report_conflicts(
      context, kTis0207, workspace::Failure::PlaintextToStrict,
      [&](const Conflict& conflict) {
        return context.mesh().settings().separate_tis0207.value_or(false) &&
               is_namespace_wide_pair(context.graph(), conflict);
      },
      kTexts);
}

void plan_fixes(FixContext& context) {
  context.set_policies("PERMISSIVE");
  context.set_clauses("ISTIO_MUTUAL");
}

}  // namespace

const Check kTis0207 = {
    .code = "TIS0207",
    .name = "namespace-wide-plaintext-against-strict",
    .title = "A namespace-wide DestinationRule sends plaintext to its STRICT namespace",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = kDocs,
    .run = run,
    .plan_fixes = plan_fixes};

}  // namespace checks
