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

// The mapping that holds a path's last key, and that key.
std::pair<std::string, std::string> split_path(std::string_view path) {
  std::string key = std::move(workspace::yaml::parse_path(path).back().key);
  const std::size_t end = path.rfind(path.ends_with("\"]") ? std::string_view("[\"") : std::string_view("."));
  return {std::string(end == std::string_view::npos ? std::string_view() : path.substr(0, end)),
          std::move(key)};
}

}  // namespace

std::vector<const workspace::RuleNode*> CheckContext::backend_rules() const {
  const auto* policy = workspace::node_cast<workspace::BackendNode>(&subject_);
  if (policy == nullptr) return {};
  std::vector<const workspace::RuleNode*> found(policy->rules.begin(), policy->rules.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::erase(found, nullptr);
  return found;
}

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

void FixContext::set_policies(std::string_view mode, std::optional<bool> preferred) {
  const bool at_policy = finding_.at.node->id.kind == Kind::PeerAuthentication;
  if (mode == "STRICT") preferred = false;
  set_modes(at_policy ? std::vector{finding_.at} : finding_.related, mode, preferred);
}

std::vector<FieldRef> FixContext::clauses() const {
  return finding_.at.field == Field::Tls || finding_.at.field == Field::PolicyTarget
             ? std::vector{finding_.at}
             : finding_.related;
}

void FixContext::set_clauses(std::string_view mode, std::optional<bool> preferred) {
  const std::vector<FieldRef> sites = clauses();
  const bool any_by_policy = std::any_of(sites.begin(), sites.end(), [](const FieldRef& site) {
    return site.field == Field::PolicyTarget;  // a BackendTLSPolicy has no mode to set
  });
  if (!any_by_policy) set_modes(sites, mode, preferred);
}

bool FixContext::all_clauses_are(workspace::TlsMode mode) const {
  const std::vector<FieldRef> sites = clauses();
  return std::all_of(sites.begin(), sites.end(), [mode](const FieldRef& site) {
    return site.field == Field::Tls &&
           std::get<workspace::DestinationRule>(site.node->resource()).tls(site.clause)->mode == mode;
  });
}

FieldRef FixContext::beside() const {
  const auto is_policy = [](const FieldRef& site) { return site.node->id.kind == Kind::PeerAuthentication; };
  if (is_policy(finding_.at)) return finding_.at;
  const auto policy = std::find_if(finding_.related.begin(), finding_.related.end(), is_policy);
  return policy == finding_.related.end() ? finding_.at : *policy;
}

void FixContext::open_ports(OpenPorts open) {
  FixPlan plan;
  plan.weakens = true;
  const bool one = open.ports.size() == 1;
  const std::string effect = open.mode == "DISABLE"
                                 ? fmt::format("traffic to {} is not encrypted", one ? "it" : "them")
                                 : "plaintext is accepted there too";
  std::string keys;
  const auto add_key = [&keys](std::string_view key) {
    keys += keys.empty() ? "" : ", ";
    keys += key;
  };
  if (open.policy != nullptr) {
    const auto& policy = open.policy->policy();
    for (const std::uint32_t port : open.ports) {
      const workspace::PortMode* entry = policy.port(port);
      const std::string key = entry == nullptr ? std::to_string(port) : entry->key.str();
      add_key(key);
      plan.entries.push_back(
          {open.policy, "spec.portLevelMtls." + key, {"mode", std::string(open.mode), {}}});
    }
    plan.title = fmt::format("Set {} {} {} to {} (weakens: {})", to_string(open.policy->id),
                             one ? "port" : "ports", keys, open.mode, effect);
  } else {
    for (const std::uint32_t port : open.ports) add_key(std::to_string(port));
    plan.title = fmt::format("Insert PeerAuthentication {}/{} with {} for {} {} (weakens: {})", open.ns,
                             open.name, open.mode, one ? "port" : "ports", keys, effect);
    plan.policy = InsertPolicy{beside(),
                               std::move(open.ns),
                               std::move(open.name),
                               std::move(open.selector),
                               std::move(open.ports),
                               std::string(open.mode)};
  }
  add(std::move(plan));
}

void FixContext::remove_entry(const workspace::ResourceNode* node, std::string_view path, std::string title) {
  auto [mapping, key] = split_path(path);
  FixPlan plan;
  plan.title = std::move(title);
  plan.entries.push_back({node, std::move(mapping), {{}, {}, {std::move(key)}}});
  add(std::move(plan));
}

void FixContext::insert_rule(std::string name, std::string ns, std::string host, std::string_view mode,
                             std::uint32_t port, std::optional<bool> preferred) {
  FixPlan plan;
  plan.preferred = preferred;
  plan.weakens = mode == "DISABLE";
  plan.title = fmt::format("Insert DestinationRule {}/{} for \"{}\" with {}{}{}", ns, name, host, mode,
                           port == 0 ? std::string() : fmt::format(" on port {}", port),
                           plan.weakens ? " (weakens: traffic is not encrypted)" : "");
  plan.rule =
      InsertRule{finding_.at, std::move(ns), std::move(name), std::move(host), std::string(mode), port};
  add(std::move(plan));
}

}  // namespace checks
