#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "With auto mTLS off, a STRICT mesh policy and calls for which no DestinationRule sets tls.",
    .why = "Clients send plaintext, servers refuse it: 503.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0401",
    .url = "",
};

void run(CheckContext& context) {
  report_missing_tls(context, kTis0401, true, "no DestinationRule makes all clients of the mesh use it");
}

void plan_fixes(FixContext& context) {
  const workspace::EffectiveSettings& settings = context.graph().settings();
  context.insert_rule("mesh-enable-mtls", settings.root_namespace, "*." + settings.cluster_domain,
                      "ISTIO_MUTUAL");
  context.set_policies("PERMISSIVE");
}

}  // namespace

const Check kTis0401 = {.code = "TIS0401",
                        .name = "no-mutual-rule-for-strict-mesh",
                        .title = "Auto mTLS is off and clients send plaintext to a STRICT mesh",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = plan_fixes};

}  // namespace checks
