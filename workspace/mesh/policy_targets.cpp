// Computes targets: which clauses and deciders the calls to one service bring together (section 5).
#include <algorithm>
#include <set>

#include "workspace/mesh/host_name.h"
#include "workspace/mesh/policy_graph.h"

namespace workspace {

namespace {

void sort_unique(auto& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// Selector and subset together; false if they contradict each other.
bool join_labels(const Labels& selector, const Labels& subset, Labels& joined) {
  joined = selector;
  for (const auto& entry : subset) {
    const CompactString* value = find_label(selector, entry.first);
    if (value == nullptr) {
      joined.insert(std::upper_bound(joined.begin(), joined.end(), entry), entry);
    } else if (*value != entry.second) {
      return false;
    }
  }
  return true;
}

const Labels& subset_labels(const std::pair<RuleNode*, std::int32_t>& subset) {
  return subset.first->rule().subsets[static_cast<std::size_t>(subset.second)].labels;
}

auto place_of(auto& sources, ClauseRef clause) {
  return std::lower_bound(
      sources.begin(), sources.end(), clause,
      [](const auto& client_config, ClauseRef wanted) { return client_config->clause < wanted; });
}

ClientConfig& source_of(RuleNode& rule, ClauseRef clause) {
  const auto at = place_of(rule.sources, clause);
  if (at != rule.sources.end() && (*at)->clause == clause) return **at;
  return **rule.sources.insert(
      at, std::make_unique<ClientConfig>(ClientConfig{ClientConfigKind::Clause, &rule, clause, {}}));
}

// As a text that shares its bytes with the service's or the rule's that makes it known.
CompactString known_host(const NamespaceNode& ns, std::string_view host) {
  if (const auto rule = ns.rule_hosts.find(host); rule != ns.rule_hosts.end()) return rule->first;
  return ns.services.find(host)->first;
}

}  // namespace

const ClientConfig* RuleNode::client_config(ClauseRef clause) const {
  const auto at = place_of(sources, clause);
  return at != sources.end() && (*at)->clause == clause ? at->get() : nullptr;
}

std::uint32_t workload_port(const Service* service, const WorkloadNode* workload, std::uint32_t port) {
  if (service == nullptr) return 0;
  const auto declared = std::find_if(service->ports.begin(), service->ports.end(),
                                     [port](const ServicePort& entry) { return entry.port == port; });
  if (declared == service->ports.end()) return 0;
  if (const auto* number = std::get_if<std::uint32_t>(&declared->target)) return *number;
  const auto* name = std::get_if<CompactString>(&declared->target);
  if (name == nullptr) return port;
  return workload == nullptr ? 0 : workload->workload().named_port(*name).value_or(0);
}

// The one in neither is 0, which no clause can name in earnest, or the next free number.
std::vector<std::uint32_t> call_ports(const Service* service, const RuleGroup* group) {
  std::vector<std::uint32_t> ports;
  if (group != nullptr) ports.assign(group->ports.begin(), group->ports.end());
  if (service != nullptr) {
    for (const ServicePort& port : service->ports) ports.push_back(port.port);
  }
  std::uint32_t other = 0;
  sort_unique(ports);
  for (const std::uint32_t port : ports) other += port == other ? 1 : 0;
  ports.push_back(other);
  return ports;
}

std::vector<WorkloadNode*> PolicyGraph::matching_workloads(const NamespaceNode& ns, const Labels& selector) {
  const ShortList<WorkloadNode*>* fewest = nullptr;
  for (const auto& label : selector) {
    const auto at = ns.workloads_by_label.find(label);
    if (at == ns.workloads_by_label.end()) return {};
    if (fewest == nullptr || at->second.size() < fewest->size()) fewest = &at->second;
  }
  std::vector<WorkloadNode*> found;
  if (fewest == nullptr) return found;
  for (WorkloadNode* workload : *fewest) {
    if (is_subset(selector, workload->workload().labels)) found.push_back(workload);
  }
  return found;
}

PolicyNode* PolicyGraph::workload_policy(const NamespaceNode& ns, const Labels& labels) const {
  if (is_root(ns.name)) return nullptr;
  for (PolicyNode* policy : ns.selector_policies) {
    if (is_subset(policy->policy().selector, labels)) return policy;
  }
  return nullptr;
}

bool PolicyGraph::needs_services(const NamespaceNode& ns) const {
  return ns.injection_disabled() || rules_.has_odd_wildcards() ||
         (!ns.selector_policies.empty() && !is_root(ns.name));
}

bool PolicyGraph::is_target(const NamespaceNode& ns, std::string_view host) const {
  if (ns.rule_hosts.contains(host)) return true;
  const auto service = ns.services.find(host);
  if (service == ns.services.end()) return false;
  // A dot in a service's name lets `*.b.ns.svc…` match `a.b`, but not the undocumented service.
  return needs_services(ns) || service->second->id.name.view().find('.') != std::string_view::npos;
}

void PolicyGraph::compute_namespace(NamespaceNode& ns) {
  std::set<std::string_view> hosts;  // each is looked at no more once its target is gone
  for (const auto& [host, uses] : ns.rule_hosts) hosts.insert(host);
  for (const auto& [host, service] : ns.services) {
    if (is_target(ns, host)) hosts.insert(host);
  }
  for (const auto& [host, target] : ns.targets) hosts.insert(host);
  for (const std::string_view host : hosts) compute_host(ns, host);
  compute(TargetView{ns, nullptr, {}}, {}, ns.undocumented);
  for (AuthorizationNode* node : ns.authorizations) compute_authorization(*node, ns);
  if (&ns != undocumented_) {
    for (AuthorizationNode* node : root_authorizations_) compute_authorization(*node, ns);
  }
  forget_unused(ns);
}

void PolicyGraph::forget_unused(NamespaceNode& ns) {
  for (auto at = ns.workload_chains.begin(); at != ns.workload_chains.end();) {
    if (at->second.edges.empty()) {
      forget(at->second);
      at = ns.workload_chains.erase(at);
    } else {
      ++at;
    }
  }
}

TargetView PolicyGraph::view_of(NamespaceNode& ns, std::string_view host) const {
  TargetView view{ns, nullptr, {}};
  if (const auto service = ns.services.find(host); service != ns.services.end()) {
    view.service = &service->second->service();
  }
  if (view.selects()) view.matching = matching_workloads(ns, view.service->selector);
  return view;
}

void PolicyGraph::compute_host(NamespaceNode& ns, std::string_view host) {
  if (!is_target(ns, host)) {
    const auto at = ns.targets.find(host);
    if (at == ns.targets.end()) return;
    release(at->second);
    ns.targets.erase(at);
    return;
  }
  const TargetView view = view_of(ns, host);
  auto at = ns.targets.find(host);
  if (at == ns.targets.end()) at = ns.targets.try_emplace(known_host(ns, host)).first;
  compute(view, at->first, at->second);
}

void PolicyGraph::release(Target& target) {
  for (Edge* edge : target.edges) drop(edge);
  for (const auto& [narrow, wide] : target.shadows) drop_shadow(narrow, wide);
  target.edges.clear();
  target.shadows.clear();
}

void PolicyGraph::compute(const TargetView& view, std::string_view host, Target& target) {
  ++targets_computed_;
  const bool undocumented = host.empty();
  const std::string stand_in =
      undocumented ? service_host(kUndocumented, view.ns.name, settings_.cluster_domain) : std::string();
  if (undocumented) host = stand_in;
  const auto entries = rules_.matching(host, undocumented);
  std::set<const RuleGroup*> groups;
  std::vector<Edge*> edges;
  std::vector<std::pair<RuleNode*, RuleNode*>> shadows;
  for (const std::string_view client : rules_.client_classes(entries, view.ns.name)) {
    const RuleGroup* group = rules_.lookup(entries, client, view.ns.name);
    groups.insert(group);
    if (group != nullptr) {
      find_shadows(*group, rules_.lookup(entries, client, view.ns.name, group), shadows);
    }
  }
  for (const RuleGroup* group : groups) emit(view, group, edges);
  sort_unique(edges);
  sort_unique(shadows);
  for (Edge* edge : edges) ++edge->uses;
  for (const auto& [narrow, wide] : shadows) add_shadow(narrow, wide);
  release(target);
  target.edges = {edges.begin(), edges.end()};
  target.shadows = {shadows.begin(), shadows.end()};
}

// TIS0204: a rule without any tls that has the say, where without its group a wildcard rule would have it.
void PolicyGraph::find_shadows(const RuleGroup& group, const RuleGroup* wider,
                               std::vector<std::pair<RuleNode*, RuleNode*>>& shadows) {
  if (wider == nullptr || wider->top == nullptr || !is_wildcard(wider->top->host)) return;
  const auto hides = [&](RuleNode* rule) {
    if (rule->rule().tls_clauses().empty()) shadows.emplace_back(rule, wider->top);
  };
  if (group.top != nullptr) return hides(group.top);
  for (RuleNode* rule : group.rules) hides(rule);
}

// Who may answer a call to this target; empty: there is no call.
std::vector<Server> PolicyGraph::servers(const TargetView& view, const Labels* subset) const {
  std::vector<Server> found;
  if (!view.matching.empty()) {
    for (const WorkloadNode* node : view.matching) {
      const Workload& workload = node->workload();
      if (!workload.has_sidecar(view.ns.injection_disabled())) continue;
      if (subset != nullptr && !is_subset(*subset, workload.labels)) continue;
      found.push_back({node, workload_policy(view.ns, workload.labels)});
    }
    return found;
  }
  if (view.ns.injection_disabled()) return found;
  Labels labels;
  if (view.selects()) {
    if (subset == nullptr) {
      labels = view.service->selector;
    } else if (!join_labels(view.service->selector, *subset, labels)) {
      return found;
    }
  }
  found.push_back({nullptr, workload_policy(view.ns, labels)});
  return found;
}

void PolicyGraph::emit(const TargetView& view, const RuleGroup* group, std::vector<Edge*>& edges) {
  const std::vector<std::uint32_t> ports = call_ports(view.service, group);
  const std::vector<Server> plain = servers(view, nullptr);
  for (const std::uint32_t port : ports) {
    emit_clause(view, group != nullptr ? group->clause(nullptr, port) : RuleGroup::Chosen{}, plain, port,
                edges);
  }
  if (group == nullptr) return;
  for (const auto& subset : group->subsets) {
    const std::vector<Server> some = servers(view, &subset_labels(subset));
    for (const std::uint32_t port : ports) emit_clause(view, group->clause(&subset, port), some, port, edges);
  }
}

void PolicyGraph::emit_clause(const TargetView& view, const RuleGroup::Chosen& chosen,
                              const std::vector<Server>& servers, std::uint32_t port,
                              std::vector<Edge*>& edges) {
  ClientConfig* client_config = &no_clause_;
  if (chosen.rule != nullptr) {
    client_config = &source_of(*chosen.rule, chosen.clause);
  } else if (settings_.enable_auto_mtls) {
    return;  // the client adapts to the server
  }
  for (const Server& server : servers) {
    std::uint32_t at = 0;
    if (server.policy != nullptr && !server.policy->policy().port_level.empty()) {
      at = workload_port(view.service, server.workload, port);
    }
    edges.push_back(acquire(*client_config, chain(view.ns, server.policy, at)));
  }
}

// The workloads of an AuthorizationPolicy in one namespace, or a stand-in where none is known (TIS0104).
void PolicyGraph::compute_authorization(AuthorizationNode& node, NamespaceNode& ns) {
  const Labels& selector = node.policy().selector;
  const std::vector<WorkloadNode*> matching =
      selector.empty() ? ns.workloads : matching_workloads(ns, selector);
  std::vector<Edge*> fresh;
  for (const WorkloadNode* workload : matching) {
    if (!workload->workload().has_sidecar(ns.injection_disabled())) continue;
    fresh.push_back(
        acquire(node.client_config, chain(ns, workload_policy(ns, workload->workload().labels), 0)));
  }
  if (matching.empty() && !ns.injection_disabled()) {
    fresh.push_back(acquire(node.client_config, chain(ns, workload_policy(ns, selector), 0)));
  }
  sort_unique(fresh);
  for (Edge* edge : fresh) ++edge->uses;
  release_authorization(node, ns);
  if (!fresh.empty()) node.edges[&ns] = std::move(fresh);
}

void PolicyGraph::release_authorization(AuthorizationNode& node, NamespaceNode& ns) {
  const auto at = node.edges.find(&ns);
  if (at == node.edges.end()) return;
  for (Edge* edge : at->second) drop(edge);
  node.edges.erase(at);
}

}  // namespace workspace
