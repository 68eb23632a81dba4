#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A DestinationRule without any tls that takes the place of a wildcard rule with ISTIO_MUTUAL.",
    .why =
        "DestinationRules do not inherit from wider ones: the narrow rule's silence replaces ISTIO_MUTUAL.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "KIA0204",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  std::vector<Site> wider;
  for (const auto& [wide, uses] : rule->wider) {
    const workspace::ClientTls* tls = wide->rule().tls({});
    if (tls != nullptr && tls->mode == workspace::TlsMode::IstioMutual) wider.push_back(tls_of(wide, {}));
  }
  if (wider.empty()) return;
  std::sort(wider.begin(), wider.end(), before);
  const auto& hidden = static_cast<const workspace::RuleNode&>(*wider.front().node);
  StoredFinding& finding =
      context.report(kTis0204, {rule, Field::Host, -1, {}, 0},
                     fmt::format("{} sets no tls and so hides ISTIO_MUTUAL of {} for {}", to_string(rule->id),
                                 to_string(hidden.id), hidden.host));
  finding.related = std::move(wider);
  finding.related_message = "ISTIO_MUTUAL set here, without effect for that host";
}

}  // namespace

const Check kTis0204 = {.code = "TIS0204",
                        .name = "rule-without-tls-hides-mutual",
                        .title = "A DestinationRule without tls hides a wider one with ISTIO_MUTUAL",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                        .docs = kDocs,
                        .run = run,
                        .plan_fixes = nullptr};

}  // namespace checks
