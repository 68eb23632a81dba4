#include "checks/engine/check_context.h"

#include <fmt/format.h>

#include <algorithm>

namespace checks {

namespace {

using workspace::Kind;

// How much a mode protects; going down weakens. Source: section 8, last paragraph.
int strength(std::string_view mode) {
  if (mode == "STRICT" || mode == "ISTIO_MUTUAL" || mode == "MUTUAL") return 3;
  if (mode == "SIMPLE") return 2;
  if (mode == "PERMISSIVE") return 1;
  return 0;
}

std::string current_mode(const FieldRef& site) {
  if (site.node->id.kind == Kind::DestinationRule) {
    const workspace::ClientTls* tls =
        std::get<workspace::DestinationRule>(site.node->resource()).tls(site.clause);
    return std::string(workspace::mode_name(tls->mode));
  }
  const auto& policy = std::get<workspace::PeerAuthentication>(site.node->resource());
  const workspace::ModeField& field =
      site.entry < 0 ? policy.mode : policy.port_level[static_cast<std::size_t>(site.entry)].mode;
  return std::string(workspace::mode_name(field.mode));
}

std::string target_name(const std::vector<FieldRef>& sites) {
  if (sites.size() > 1)
    return fmt::format("{} {}s", sites.size(), workspace::kind_name(sites.front().node->id));
  const FieldRef& site = sites.front();
  std::string name = workspace::to_string(site.node->id);
  if (site.field == Field::Mode && site.entry >= 0) {
    const auto& policy = std::get<workspace::PeerAuthentication>(site.node->resource());
    name += fmt::format(" port {}", policy.port_level[static_cast<std::size_t>(site.entry)].key);
  }
  return name;
}

}  // namespace

StoredFinding& CheckContext::report(const Check& check, FieldRef at, std::string message) {
  StoredFinding& finding = findings_.emplace_back();
  finding.check = &check;
  finding.severity = check.severity;
  finding.message = std::move(message);
  finding.at = at;
  return finding;
}

void FixContext::set_modes(const std::vector<FieldRef>& sites, std::string_view mode,
                           std::optional<bool> preferred) {
  if (sites.empty()) return;
  FixPlan plan;
  plan.preferred = preferred;
  for (const FieldRef& site : sites) {
    plan.weakens = plan.weakens || strength(mode) < strength(current_mode(site));
    plan.modes.push_back({site, std::string(mode)});
  }
  plan.title = fmt::format("Set {} to {}{}", target_name(sites), mode,
                           !plan.weakens          ? ""
                           : mode == "PERMISSIVE" ? " (weakens: plaintext is accepted too)"
                                                  : " (weakens: traffic is not encrypted)");
  add(std::move(plan));
}

void FixContext::set_policies(std::string_view mode) {
  const bool at_policy = finding_.at.node->id.kind == Kind::PeerAuthentication;
  set_modes(at_policy ? std::vector{finding_.at} : finding_.related, mode);
}

void FixContext::set_clauses(std::string_view mode, std::optional<bool> preferred) {
  const bool at_rule = finding_.at.node->id.kind == Kind::DestinationRule;
  set_modes(at_rule ? std::vector{finding_.at} : finding_.related, mode, preferred);
}

void FixContext::insert_rule(std::string name, std::string ns, std::string host, std::string_view mode) {
  FixPlan plan;
  plan.weakens = mode == "DISABLE";
  plan.title = fmt::format("Insert DestinationRule {}/{} for \"{}\" with {}{}", ns, name, host, mode,
                           plan.weakens ? " (weakens: traffic is not encrypted)" : "");
  plan.rule = InsertRule{finding_.at, std::move(ns), std::move(name), std::move(host), std::string(mode)};
  add(std::move(plan));
}

}  // namespace checks
