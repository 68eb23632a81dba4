#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports =
        "With auto mTLS off, a STRICT namespace or workload policy and calls for which no DestinationRule "
        "sets tls.",
    .why = "Clients send plaintext, servers refuse it: 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0501",
    .url = "",
};

void run(CheckContext& context) {
  report_missing_tls(context, kTis0501, false, "no DestinationRule makes all its clients use it");
}

void plan_fixes(FixContext& context) {
  const std::string& ns = context.finding().at.node->id.ns;
  context.insert_rule("enable-mtls", ns, "*." + ns + ".svc." + context.graph().settings().cluster_domain,
                      "ISTIO_MUTUAL");
  context.set_policies("PERMISSIVE");
}

}  // namespace

const Check kTis0501 = {.code = "TIS0501",
                        .name = "no-mutual-rule-for-strict-namespace",
                        .title = "Auto mTLS is off and clients send plaintext to a STRICT namespace",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = plan_fixes};

}  // namespace checks
