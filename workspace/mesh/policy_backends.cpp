// The rules that BackendTLSPolicies make: one a Service, of all policies that name it (section 4, pilot
// backend_policies.go).
#include <algorithm>
#include <set>

#include "workspace/mesh/host_name.h"
#include "workspace/mesh/policy_graph.h"

namespace workspace {

namespace {

bool is_service(const PolicyTarget& target) {
  const std::string_view name = target.name.value;
  return target.group.empty() && target.kind == "Service" && !name.empty() && !is_wildcard(name);
}

// The number of a Service's port of that name; none: it shows none, so istiod makes no clause.
std::optional<std::uint32_t> port_named(const Service* service, std::string_view name) {
  if (service == nullptr) return std::nullopt;
  const auto at = std::find_if(service->ports.begin(), service->ports.end(),
                               [name](const ServicePort& port) { return port.name.value == name; });
  return at == service->ports.end() ? std::nullopt : std::optional(at->port);
}

ClientTls simple_tls(const PolicyTarget& target) {
  ClientTls tls;
  tls.key = tls.mode_place = target.name.place;
  tls.has_mode = true;
  tls.mode = TlsMode::Simple;
  return tls;
}

// Adds the clause of one target; the first for the Service, and for each of its ports, counts.
void add_clause(BackendRule& made, BackendNode* policy, std::int32_t index, const Service* service) {
  const PolicyTarget& target = policy->policy().targets[static_cast<std::size_t>(index)];
  TrafficPolicy& traffic = *made.rule.policy;
  ClauseRef ref;
  if (target.section_name.empty()) {
    if (traffic.tls) return;
    traffic.tls = simple_tls(target);
  } else {
    const auto port = port_named(service, target.section_name);
    if (!port || traffic.port(*port) != nullptr) return;
    ref.port = static_cast<std::int32_t>(traffic.ports.size());
    traffic.ports.push_back({ref.port, port, simple_tls(target)});
  }
  made.clauses.push_back({ref, policy, index});
}

}  // namespace

void PolicyGraph::change_backend(BackendNode* node, bool add) {
  const auto& targets = node->policy().targets;
  if (add) node->rules.assign(targets.size(), nullptr);
  std::set<std::string> services;
  for (const PolicyTarget& target : targets) {
    if (is_service(target)) services.insert(target.name.value.str());
  }
  for (const std::string& service : services) {
    const auto at = backends_.try_emplace({node->id.ns.str(), service}).first;
    auto& policies = at->second.policies;
    if (add) {
      policies.insert(std::upper_bound(policies.begin(), policies.end(), node, is_older), node);
    } else {
      std::erase(policies, node);
    }
    make_backend_rule(at->first.first, service, at->second);
    if (policies.empty()) backends_.erase(at);
  }
  if (!add) node->rules.clear();
}

// A Service's ports decide what a target's sectionName means.
void PolicyGraph::touch_backend(const ServiceNode& node) {
  if (backends_.empty()) return;
  const auto at = backends_.find({node.id.ns.str(), node.id.name.str()});
  if (at != backends_.end()) make_backend_rule(at->first.first, at->first.second, at->second);
}

void PolicyGraph::make_backend_rule(const std::string& ns, const std::string& service, Backend& backend) {
  if (backend.rule != nullptr) {
    leave_rule(backend.rule.get());
    for (const BackendRule::Clause& clause : backend.rule->backend->clauses)
      clause.policy->rules[static_cast<std::size_t>(clause.target)] = nullptr;
    retired_rules_.push_back(std::move(backend.rule));  // edges of its clauses go with the flush
  }
  const std::string host = service_host(service, ns, settings_.cluster_domain);
  const NamespaceNode& node = known(ns);
  const auto document = node.services.find(host);
  auto made = std::make_unique<BackendRule>();
  made->rule.policy = TrafficPolicy();
  for (BackendNode* policy : backend.policies) {
    const auto& targets = policy->policy().targets;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (!is_service(targets[i]) || targets[i].name.value != service) continue;
      add_clause(*made, policy, static_cast<std::int32_t>(i),
                 document == node.services.end() ? nullptr : &document->second->service());
    }
  }
  if (made->clauses.empty()) return;
  backend.rule = std::make_unique<RuleNode>(made->clauses.front().policy->id);
  backend.rule->host = host;
  for (const BackendRule::Clause& clause : made->clauses) {
    clause.policy->rules[static_cast<std::size_t>(clause.target)] = backend.rule.get();
    mark(clause.policy);
  }
  backend.rule->backend = std::move(made);
  enter_rule(backend.rule.get());
}

}  // namespace workspace
