#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "portLevelMtls in a PeerAuthentication without selector.",
    .why = "Istio's validation refuses it; where that is off, the ports are ignored.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (policy->policy().has_selector() || policy->policy().port_level.empty()) return;
  context.report(
      kMtls0003, {policy, Field::PortLevelKey, -1, {}, 0},
      fmt::format("{} has portLevelMtls without a selector, which Istio ignores", to_string(policy->id)));
}

}  // namespace

const Check kMtls0003 = {.code = "MTLS0003",
                         .name = "port-level-without-selector",
                         .title = "portLevelMtls without a selector is ignored",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = kDocs,
                         .run = run,
                         .plan_fixes = nullptr};

}  // namespace checks
