#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "Two or more PeerAuthentications without selector in one namespace.",
    .why =
        "Istio takes the oldest and ignores the rest without a word; which one that is may differ between "
        "clusters.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0501",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (policy->policy().has_selector()) return;
  const workspace::NamespaceNode* ns = context.graph().find_namespace(policy->id.ns);
  if (ns->plain_policies.size() < 2) return;
  StoredFinding& finding =
      context.report(kTis0001, name_of(policy),
                     fmt::format("{} is one of {} without selector in namespace {}, of which only {} counts",
                                 to_string(policy->id), ns->plain_policies.size(), policy->id.ns,
                                 ns->plain_policies.front()->id.name));
  for (const workspace::PolicyNode* other : ns->plain_policies) {
    if (other != policy) finding.related.push_back(name_of(other));
  }
  finding.related_message = "another one without selector";
}

}  // namespace

const Check kTis0001 = {.code = "TIS0001",
                        .name = "several-policies-without-selector",
                        .title = "Several PeerAuthentications without selector in one namespace",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
