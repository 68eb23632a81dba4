#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A PeerAuthentication with a selector in the root namespace.",
    .why = "Istio ignores it: only policies without selector count there.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || !context.graph().is_root(policy->id.ns)) return;
  context.report(kMtls0002, {policy, Field::SelectorKey, -1, {}, 0},
                 fmt::format("{} has a selector in the root namespace, where it applies to nothing",
                             to_string(policy->id)));
}

}  // namespace

const Check kMtls0002 = {
    .code = "MTLS0002",
    .name = "selector-in-root-namespace",
    .title = "A PeerAuthentication with a selector in the root namespace applies to nothing",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
    .docs = kDocs,
    .run = run,
    .plan_fixes = nullptr};

}  // namespace checks
