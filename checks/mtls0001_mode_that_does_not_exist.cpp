#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A mode value that Istio does not know, such as strict in lower case.",
    .why = "The API server refuses the resource, or an older one ignores the mode.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void check_policy(CheckContext& context, const workspace::PolicyNode& node) {
  const workspace::PeerAuthentication& policy = node.policy();
  const auto check = [&](const workspace::ModeField& field, std::int32_t entry) {
    if (field.valid) return;
    context.report(
        kMtls0001, {&node, Field::Mode, entry, {}, 0},
        fmt::format("\"{}\" is no mTLS mode: use UNSET, DISABLE, PERMISSIVE or STRICT", field.text.value));
  };
  check(policy.mode, -1);
  for (std::size_t i = 0; i < policy.port_level.size(); ++i) {
    check(policy.port_level[i].mode, static_cast<std::int32_t>(i));
  }
}

void run(CheckContext& context) {
  if (const workspace::PolicyNode* policy = context.policy()) return check_policy(context, *policy);
  const workspace::RuleNode* rule = context.rule();
  for (const workspace::ClauseRef clause : rule->rule().tls_clauses()) {
    const workspace::ClientTls* tls = rule->rule().tls(clause);
    if (tls->mode != workspace::TlsMode::Invalid) continue;
    context.report(kMtls0001, tls_of(rule, clause),
                   fmt::format("\"{}\" is no TLS mode: use DISABLE, SIMPLE, MUTUAL or ISTIO_MUTUAL",
                               tls->mode_text.value));
  }
}

}  // namespace

const Check kMtls0001 = {
    .code = "MTLS0001",
    .name = "mode-that-does-not-exist",
    .title = "A mode value that does not exist",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .docs = kDocs,
    .run = run,
    .plan_fixes = nullptr};

}  // namespace checks
