#include "checks/engine/field_words.h"

#include <fmt/format.h>

#include "workspace/mesh/host_name.h"

namespace checks {

std::string_view sent_with(workspace::TlsMode mode) {
  switch (mode) {
    case workspace::TlsMode::Disable:
    case workspace::TlsMode::Invalid:
      break;
    case workspace::TlsMode::Simple:
      return "TLS without a client certificate";
    case workspace::TlsMode::Mutual:
      return "mTLS with certificates of its own";
    case workspace::TlsMode::IstioMutual:
      return "mTLS";
  }
  return "plaintext";
}

std::string clause_mode(const workspace::ClientTls& tls) {
  return tls.has_mode ? fmt::format("tls {}", workspace::mode_name(tls.mode)) : "tls without mode";
}

std::string mode_words(const FieldRef& mode) {
  const auto& policy = mode.node->as<workspace::PeerAuthentication>();
  std::string text(workspace::mode_name(policy.mode_at(mode.entry).mode));
  if (mode.entry >= 0)
    text += fmt::format(" for port {}", policy.port_level[static_cast<std::size_t>(mode.entry)].key.view());
  return text;
}

std::string value_words(const FieldRef& field) {
  if (field.field == Field::Mode && field.node->id.kind == workspace::Kind::PeerAuthentication)
    return "mode " + mode_words(field);
  if (field.field != Field::Tls && field.field != Field::PolicyTarget) return {};
  const workspace::RuleNode* rule = rule_of(field);
  const workspace::ClientTls* tls = rule == nullptr ? nullptr : rule->rule().tls(field.clause);
  if (tls == nullptr) return {};
  return tls->has_mode ? fmt::format("tls mode {}", workspace::mode_name(tls->mode))
                       : "tls without mode (DISABLE)";
}

std::string related_words(const FieldRef& field, std::string_view what) {
  return fmt::format("{}: {}", to_string(field.node->id),
                     what.empty() ? value_words(field) : std::string(what));
}

std::string calls_of(const workspace::RuleNode& rule, const workspace::EffectiveSettings& settings) {
  const std::string_view cluster_domain = settings.cluster_domain;
  const std::string_view host = rule.host;
  if (workspace::is_mesh_wide(host, cluster_domain)) {
    // Elsewhere a rule is looked up for clients and services of its own namespace only (section 5).
    if (rule.id.ns == settings.root_namespace) return "Calls in the whole mesh";
    return rule.is_public ? fmt::format("Calls from namespace {} and into it", rule.id.ns)
                          : fmt::format("Calls from namespace {}", rule.id.ns);
  }
  const std::string_view ns = workspace::namespace_of_host(host, cluster_domain);
  if (ns.empty()) return fmt::format("Calls to {}", host);
  const std::string_view service = host.substr(0, host.find('.'));
  if (service == "*") return fmt::format("Calls into namespace {}", ns);
  const std::size_t end = host.find(std::string(ns) + ".svc");
  return fmt::format("Calls to {}{}", host.substr(0, end), ns);
}

}  // namespace checks
