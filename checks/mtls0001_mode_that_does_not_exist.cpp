#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/base/spelling.h"

namespace checks::mtls0001 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A `mode` that Istio does not know: in a PeerAuthentication anything but UNSET,
DISABLE, PERMISSIVE and STRICT, in a DestinationRule's `tls` anything but DISABLE,
SIMPLE, MUTUAL and ISTIO_MUTUAL. The usual ones are `strict` in lower case, `true`,
and the other kind's words (`ISTIO_MUTUAL` in a policy).)",
    .why = R"(The API server refuses the whole resource, so a roll-out stops half-way with some of
its policies applied. Where nothing validates on the way in, the mode counts as not
set: the wider policy goes on deciding, which is often PERMISSIVE, and plaintext is
still accepted without a word.)",
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
    .fix_safety = R"(Where exactly one mode is near (another case, or at most two letters away), the fix
writes it and is preferred. It says so where that mode takes less than was accepted
before. Otherwise none is offered: which mode was meant changes what traffic is
accepted. Completion lists the modes.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

constexpr std::array<std::string_view, 4> kPolicyModes = {"UNSET", "DISABLE", "PERMISSIVE", "STRICT"};
constexpr std::array<std::string_view, 4> kRuleModes = {"DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"};

// Source: design/mtls-semantics.md, section 7, MTLS0001.
constexpr std::size_t kMaxEdits = 2;

std::optional<std::string_view> meant(std::string_view text, std::span<const std::string_view> modes) {
  return workspace::only_word_within(kMaxEdits, text, modes);
}

std::string advice(std::string_view text, std::span<const std::string_view> modes) {
  if (const auto mode = meant(text, modes)) return fmt::format("did you mean {}?", *mode);
  return fmt::format("use {}, {}, {} or {}", modes[0], modes[1], modes[2], modes[3]);
}

void check_policy(CheckContext& context, const workspace::PolicyNode& node) {
  const workspace::PeerAuthentication& policy = node.policy();
  const auto check = [&](const workspace::ModeField& field, std::int32_t entry) {
    if (!field.invalid_text) return;
    context.report(kMtls0001, {&node, Field::Mode, entry, {}, 0},
                   fmt::format("\"{}\" is not an mTLS mode, so {} sets none here; {}", *field.invalid_text,
                               to_string(node.id), advice(*field.invalid_text, kPolicyModes)));
  };
  check(policy.mode, -1);
  for (std::size_t i = 0; i < policy.port_level.size(); ++i) {
    check(policy.port_level[i].mode, static_cast<std::int32_t>(i));
  }
}

void run(CheckContext& context) {
  if (const workspace::PolicyNode* policy = context.policy()) return check_policy(context, *policy);
  const workspace::RuleNode* rule = context.rule();
  rule->rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
    if (tls.mode != workspace::TlsMode::Invalid) return;
    context.report(kMtls0001, tls_of(rule, clause),
                   fmt::format("\"{}\" is not a TLS mode, so {} sets no TLS here; {}", *tls.invalid_mode,
                               to_string(rule->id), advice(*tls.invalid_mode, kRuleModes)));
  });
}

std::string_view written_mode(const FieldRef& site) {
  if (site.node->id.kind == workspace::Kind::DestinationRule)
    return *site.node->as<workspace::DestinationRule>().tls(site.clause)->invalid_mode;
  const auto& policy = site.node->as<workspace::PeerAuthentication>();
  const workspace::ModeField& field =
      site.entry < 0 ? policy.mode : policy.port_level[static_cast<std::size_t>(site.entry)].mode;
  return *field.invalid_text;
}

void plan_fixes(FixContext& context) {
  const FieldRef& site = context.finding().at;
  const bool at_rule = site.node->id.kind == workspace::Kind::DestinationRule;
  const std::string_view text = written_mode(site);
  const auto mode = meant(text, at_rule ? std::span(kRuleModes) : std::span(kPolicyModes));
  if (!mode) return;
  FixPlan plan;
  plan.weakens = *mode == "DISABLE" || *mode == "PERMISSIVE";
  plan.preferred = true;
  plan.title = fmt::format("Change \"{}\" to {}{}", text, *mode,
                           !plan.weakens           ? ""
                           : *mode == "PERMISSIVE" ? " (weakens: plaintext is accepted too)"
                                                   : " (weakens: traffic is not encrypted)");
  plan.modes.push_back({site, std::string(*mode)});
  context.add(std::move(plan));
}

}  // namespace
}  // namespace checks::mtls0001

namespace checks {

const Check kMtls0001 = {
    .code = "MTLS0001",
    .name = "mode-that-does-not-exist",
    .title = "A mode value that does not exist",
    .severity = Severity::Error,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule),
    .by_itself = true,
    .docs = mtls0001::kDocs,
    .run = mtls0001::run,
    .plan_fixes = mtls0001::plan_fixes};

}  // namespace checks
