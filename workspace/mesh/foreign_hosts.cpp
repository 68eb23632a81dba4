#include "workspace/mesh/foreign_hosts.h"

#include <cstddef>
#include <utility>

#include "workspace/mesh/host_name.h"

namespace workspace {

namespace {

// A longer one is no host name (RFC 1035).
constexpr std::size_t kMaxHost = 253;

std::string reversed(std::string_view text) { return {text.rbegin(), text.rend()}; }

}  // namespace

std::string_view foreign_namespace(std::string_view host, std::string_view cluster_domain) {
  constexpr std::string_view kService = ".svc.";
  if (host.size() > kMaxHost) return {};
  const std::size_t at = host.find(kService);
  if (at == std::string_view::npos) return {};
  const std::string_view domain = host.substr(at + kService.size());
  if (domain.empty() || domain == cluster_domain) return {};
  const std::string_view name = host.substr(0, at);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

void ForeignHosts::add_rule(RuleNode* rule, std::string_view cluster_domain) {
  const std::string_view ns = foreign_namespace(rule->host, cluster_domain);
  if (!ns.empty()) rules_[std::string(ns)].insert(rule);
}

void ForeignHosts::remove_rule(RuleNode* rule, std::string_view cluster_domain) {
  const std::string_view ns = foreign_namespace(rule->host, cluster_domain);
  const auto at = ns.empty() ? rules_.end() : rules_.find(ns);
  if (at == rules_.end()) return;
  at->second.erase(rule);
  if (at->second.empty()) rules_.erase(at);
}

void ForeignHosts::change_entry(const ServiceEntry& entry, int by) {
  for (const CompactString& host : entry.hosts) {
    if (host.view().size() > kMaxHost) continue;
    const auto at = reversed_hosts_.try_emplace(reversed(host.view()), 0).first;
    at->second += static_cast<std::uint32_t>(by);  // modulo 2^32
    if (at->second == 0) reversed_hosts_.erase(at);
  }
  entries_changed_ = true;
}

void ForeignHosts::namespace_changed(std::string_view name) {
  if (rules_.contains(name)) changed_namespaces_.emplace(name);
}

bool ForeignHosts::has_entry(std::string_view host) const {
  if (is_wildcard(host)) {
    const std::string suffix = reversed(host.substr(1));
    const auto at = reversed_hosts_.lower_bound(suffix);
    if (at != reversed_hosts_.end() && at->first.starts_with(suffix)) return true;
  }
  const std::string name = reversed(host);
  if (reversed_hosts_.contains(name) || reversed_hosts_.contains("*")) return true;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (reversed_hosts_.contains(name.substr(0, dot + 1) + "*")) return true;
  }
  return false;
}

std::vector<RuleNode*> ForeignHosts::take_changed() {
  std::vector<RuleNode*> changed;
  if (std::exchange(entries_changed_, false)) {
    for (const auto& [ns, rules] : rules_) changed.insert(changed.end(), rules.begin(), rules.end());
  } else {
    for (const std::string& ns : changed_namespaces_) {
      const auto at = rules_.find(ns);
      if (at != rules_.end()) changed.insert(changed.end(), at->second.begin(), at->second.end());
    }
  }
  changed_namespaces_.clear();
  return changed;
}

}  // namespace workspace
