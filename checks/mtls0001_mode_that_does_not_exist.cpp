#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A `mode` that Istio does not know: in a PeerAuthentication anything but UNSET,
DISABLE, PERMISSIVE and STRICT, in a DestinationRule's `tls` anything but DISABLE,
SIMPLE, MUTUAL and ISTIO_MUTUAL. The usual ones are `strict` in lower case, `true`,
and the other kind's words (`ISTIO_MUTUAL` in a policy).)",
    .why = R"(The API server refuses the whole resource, so a roll-out stops half-way with some of
its policies applied. Where nothing validates on the way in, the mode counts as not
set: the wider policy goes on deciding, which is often PERMISSIVE, and nobody is told
that plaintext is still accepted.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: strict
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
)",
    .fix_safety = R"(None is offered: which mode was meant changes what traffic is accepted, and that is
yours to say. Completion lists the modes.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

void check_policy(CheckContext& context, const workspace::PolicyNode& node) {
  const workspace::PeerAuthentication& policy = node.policy();
  const auto check = [&](const workspace::ModeField& field, std::int32_t entry) {
    if (!field.invalid_text) return;
    context.report(
        kMtls0001, {&node, Field::Mode, entry, {}, 0},
        fmt::format("\"{}\" is no mTLS mode: use UNSET, DISABLE, PERMISSIVE or STRICT", *field.invalid_text));
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
                               *tls->invalid_mode));
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
