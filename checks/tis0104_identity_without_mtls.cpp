#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "An AuthorizationPolicy that uses the peer's identity where mTLS is disabled.",
    .why = "Without mTLS there is no peer identity: ALLOW rules never match and DENY rules never deny.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0106",
    .url = "",
};

void run(CheckContext& context) {
  const auto& node = static_cast<const workspace::AuthorizationNode&>(context.subject());
  std::vector<Site> deciders;
  for (const workspace::Edge* edge : node.source.edges) {
    if (edge->failure == workspace::Failure::IdentityWithoutMtls)
      deciders.push_back(mode_of(edge->decider->site));
  }
  if (deciders.empty()) return;
  std::sort(deciders.begin(), deciders.end(), before);
  deciders.erase(std::unique(deciders.begin(), deciders.end()), deciders.end());
  const auto& uses = node.policy().uses;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    StoredFinding& finding =
        context.report(kTis0104, {&node, Field::IdentityUse, static_cast<std::int32_t>(i), {}, 0},
                       fmt::format("{} uses {}, which is empty without mTLS, but {} disables mTLS",
                                   to_string(node.id), uses[i].field, to_string(deciders.front().node->id)));
    finding.related = deciders;
    finding.related_message = "mTLS disabled here";
  }
}

}  // namespace

const Check kTis0104 = {.code = "TIS0104",
                        .name = "identity-without-mtls",
                        .title = "An AuthorizationPolicy needs an identity that no mTLS gives",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::AuthorizationPolicy),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
