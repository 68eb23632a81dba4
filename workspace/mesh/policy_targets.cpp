// Computes targets: which clauses and deciders the calls to one service bring together (section 5).
#include <algorithm>
#include <array>
#include <set>

#include "workspace/mesh/host_name.h"
#include "workspace/mesh/policy_graph.h"
#include "workspace/resources/name_keys.h"

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

using ClauseKey = std::pair<ClauseRef, ClientConfigKind>;

ClauseKey key_of(const ClientConfig& config) { return {config.clause, config.kind}; }

auto place_of(auto& sources, const ClauseKey& key) {
  return std::lower_bound(
      sources.begin(), sources.end(), key,
      [](const auto& config, const ClauseKey& wanted) { return key_of(*config) < wanted; });
}

// The one of a rule's clause, deciding or hidden.
ClientConfig& source_of(RuleNode& rule, const ClauseKey& key) {
  const auto at = place_of(rule.sources, key);
  if (at != rule.sources.end() && key_of(**at) == key) return **at;
  return **rule.sources.insert(at,
                               std::make_unique<ClientConfig>(ClientConfig{key.second, &rule, key.first}));
}

// "http", "grpc-web", "kubernetes.io/h2c" …, in any case.
bool is_http(std::string_view protocol) {
  constexpr std::array<std::string_view, 6> kHttp = {
      "http", "http2", "grpc", "grpc-web", "kubernetes.io/h2c", "kubernetes.io/ws"};
  std::string lower(protocol);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kHttp.begin(), kHttp.end(), lower) != kHttp.end();
}

bool declares_http(const ServicePort& port) {
  if (const auto* protocol = port.app_protocol()) return is_http(protocol->value.view());
  const std::string_view name = port.name.value;
  return is_http(name.substr(0, name.find('-')));
}

// Whether a policy's selector looks like that of the workloads behind a service.
bool names_service(const Labels& selector, std::string_view service) {
  return std::any_of(kNameKeys.begin(), kNameKeys.end(), [&](std::string_view key) {
    const CompactString* value = find_label(selector, key);
    if (value == nullptr) return false;
    return value->view().find(service) != std::string_view::npos ||
           service.find(value->view()) != std::string_view::npos;
  });
}

// The numbers of a comma-separated annotation; what is no number is left out.
bool lists_port(std::string_view text, std::uint32_t port) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string word(text.substr(0, end));
    std::erase(word, ' ');
    if (decode_number(word) == port) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// -1: there is none.
std::int32_t field_index(const ProxyFields& fields, ProxySetting setting) {
  const ProxyField* field = find_field(fields, setting);
  return field == nullptr ? -1 : static_cast<std::int32_t>(field - fields.data());
}

bool is_entry(const ResourceNode& node) {
  return node.id.kind == Kind::WorkloadEntry || node.id.kind == Kind::WorkloadGroup;
}

// Whether an egress host covers a called one; empty: a service in no document, which among wildcards only
// `*` and `*.…` match.
bool matches_called(std::string_view pattern, std::string_view ns, std::string_view host,
                    std::string_view domain) {
  if (!host.empty()) return host_matches(pattern, host);
  if (pattern == "*") return true;
  return pattern.starts_with("*.") && host_matches(pattern, service_host(kUndocumented, ns, domain));
}

// As a text that shares its bytes with the service's or the rule's that makes it known.
CompactString known_host(const NamespaceNode& ns, std::string_view host) {
  if (const auto rule = ns.rule_hosts.find(host); rule != ns.rule_hosts.end()) return rule->first;
  return ns.services.find(host)->first;
}

}  // namespace

const ClientConfig* RuleNode::client_config(ClauseRef clause) const {
  const ClauseKey key{clause, ClientConfigKind::Clause};
  const auto at = place_of(sources, key);
  return at != sources.end() && key_of(**at) == key ? at->get() : nullptr;
}

std::optional<std::uint32_t> workload_port(const Service* service, const WorkloadNode* workload,
                                           std::uint32_t port) {
  if (service == nullptr) return 0;
  const auto declared = std::find_if(
      service->ports.begin(), service->ports.end(),
      [port](const ServicePort& entry) { return entry.port == port && entry.protocol() != Protocol::Udp; });
  if (declared == service->ports.end()) return 0;
  if (const auto* number = std::get_if<std::uint32_t>(&declared->target)) return *number;
  const auto* name = std::get_if<CompactString>(&declared->target);
  if (name == nullptr) return port;
  return workload == nullptr ? 0 : workload->workload().named_port(*name);
}

std::int32_t annotation_against(const Workload& workload, std::uint32_t port) {
  const std::int32_t include = field_index(workload.fields, ProxySetting::IncludeInboundPorts);
  if (include >= 0) {
    const std::string_view ports = workload.fields[static_cast<std::size_t>(include)].value.value;
    if (ports != "*") return lists_port(ports, port) ? -1 : include;
  }
  const std::int32_t exclude = field_index(workload.fields, ProxySetting::ExcludeInboundPorts);
  if (exclude < 0) return -1;
  return lists_port(workload.fields[static_cast<std::size_t>(exclude)].value.value, port) ? exclude : -1;
}

bool takes_port(const Workload* workload, std::uint32_t port) {
  if (port == 15020 || port == 15021 || port == 15090) return false;
  return workload == nullptr || workload->fields.empty() || annotation_against(*workload, port) < 0;
}

bool is_system_namespace(std::string_view ns) {
  return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease" || ns == "local-path-storage";
}

// The one in neither is 0, which no clause can name in earnest, or the next free number.
std::vector<std::uint32_t> call_ports(const Service* service, const RuleGroup* group) {
  std::vector<std::uint32_t> ports;
  if (service != nullptr && !service->ports.empty()) {
    for (const ServicePort& port : service->ports) {
      if (port.protocol() != Protocol::Udp) ports.push_back(port.port);
    }
    sort_unique(ports);
    return ports;
  }
  if (group != nullptr) ports.assign(group->ports.begin(), group->ports.end());
  std::uint32_t other = 0;
  sort_unique(ports);
  for (const std::uint32_t port : ports) other += port == other ? 1 : 0;
  ports.push_back(other);
  return ports;
}

std::vector<WorkloadNode*> PolicyGraph::matching_workloads(const NamespaceNode& ns,
                                                           const Labels& selector) const {
  if (selector.empty()) return {};
  const bool injected = has_injected_label(selector);
  const ShortList<WorkloadNode*>* fewest = nullptr;
  for (const auto& label : selector) {
    if (injected && is_injected_label(label.first.view())) continue;
    const auto at = ns.workloads_by_label.find(label);
    if (at == ns.workloads_by_label.end()) return {};
    if (fewest == nullptr || at->second.size() < fewest->size()) fewest = &at->second;
  }
  std::vector<WorkloadNode*> found;
  const auto add = [&](WorkloadNode* workload) {
    if (injected ? selects(selector, ns, *workload) : is_subset(selector, workload->workload().labels)) {
      found.push_back(workload);
    }
  };
  if (fewest != nullptr) {
    for (WorkloadNode* workload : *fewest) add(workload);
  } else {
    for (WorkloadNode* workload : ns.workloads) add(workload);
  }
  return found;
}

// ---------------------------------------------------------------- proxies

const ResourceNode* PolicyGraph::gateway_of(const WorkloadNode& node) const {
  if (gateways_.empty()) return nullptr;
  if (node.gateway_state == gateway_state_) return node.gateway;
  node.gateway_state = gateway_state_;
  node.gateway = nullptr;
  const Labels& labels = node.workload().labels;
  for (const auto& label : labels) {
    const auto at = gateways_.find(label);
    if (at == gateways_.end()) continue;
    for (const ResourceNode* gateway : at->second) {
      if (is_subset(gateway->as<Gateway>().selector, labels)) node.gateway = gateway;
    }
  }
  return node.gateway;
}

// The table of section 3.1, line by line.
ProxyVerdict PolicyGraph::proxy_of(const NamespaceNode& ns, const WorkloadNode* node) const {
  static const Workload kNothing;
  const Workload& workload = node == nullptr ? kNothing : node->workload();
  const auto by_pod = [&](Proxy proxy, const ProxyField* field) {
    const auto index = static_cast<std::int32_t>(field - workload.fields.data());
    return ProxyVerdict{proxy, {ProxyReasonKind::Field, node, index}};
  };
  if (workload.seen == SeenProxy::Ambient) return {Proxy::Ambient, {ProxyReasonKind::Seen, node, -1}};
  if (workload.seen == SeenProxy::Outside) return {Proxy::Outside, {ProxyReasonKind::Seen, node, -1}};
  if (node != nullptr) {
    if (const ResourceNode* gateway = gateway_of(*node)) {
      return {Proxy::Gateway, {ProxyReasonKind::Gateway, gateway, -1}};
    }
    for (const ProxyField& field : workload.fields) {
      const bool is_gateway = field.setting == ProxySetting::Templates &&
                              field.value.value.view().find("gateway") != std::string_view::npos;
      if (is_gateway) return by_pod(Proxy::Gateway, &field);
    }
    if (is_entry(*node)) return {Proxy::Sidecar, {ProxyReasonKind::Entry, node, -1}};
  }
  if (workload.seen == SeenProxy::Sidecar) return {Proxy::Sidecar, {ProxyReasonKind::Seen, node, -1}};
  if (is_system_namespace(ns.name)) return {Proxy::Outside, {ProxyReasonKind::SystemNamespace, nullptr, -1}};
  if (workload.host_network) return {Proxy::Outside, {ProxyReasonKind::HostNetwork, node, -1}};
  static const ProxyFields kNoFields;
  const ProxyFields& of_ns = ns.document == nullptr ? kNoFields : ns.document->as<Namespace>().fields;
  const auto by_ns = [&](Proxy proxy, const ProxyField* field) {
    const auto index = static_cast<std::int32_t>(field - of_ns.data());
    return ProxyVerdict{proxy, {ProxyReasonKind::Field, ns.document, index}};
  };
  const ProxyField* injection = find_field(of_ns, ProxySetting::NamespaceInjection);
  const ProxyField* revision = find_field(of_ns, ProxySetting::Revision);
  const ProxyField* ambient = find_field(of_ns, ProxySetting::DataplaneMode);
  if (ambient != nullptr && ambient->value.value != "ambient") ambient = nullptr;
  const ProxyField* inject = find_field(workload.fields, ProxySetting::Inject);
  const ProxyField* own_revision = find_field(workload.fields, ProxySetting::Revision);
  const ProxyField* dataplane = find_field(workload.fields, ProxySetting::DataplaneMode);
  const bool refused = inject != nullptr && inject->value.value == "false";
  if (!refused) {
    if (injection != nullptr && injection->value.value == "enabled") return by_ns(Proxy::Sidecar, injection);
    if (injection == nullptr && revision != nullptr) return by_ns(Proxy::Sidecar, revision);
    if (injection == nullptr && revision == nullptr) {
      if (inject != nullptr && !inject->annotation && inject->value.value == "true") {
        return by_pod(Proxy::Sidecar, inject);
      }
      if (own_revision != nullptr) return by_pod(Proxy::Sidecar, own_revision);
    }
  }
  if (dataplane != nullptr && dataplane->value.value == "ambient") return by_pod(Proxy::Ambient, dataplane);
  const bool opted_out = dataplane != nullptr && dataplane->value.value == "none";
  if (ambient != nullptr && !opted_out) return by_ns(Proxy::Ambient, ambient);
  if (refused) return by_pod(Proxy::Outside, inject);
  if (injection != nullptr && injection->value.value == "disabled") return by_ns(Proxy::Outside, injection);
  if (ambient != nullptr) return by_pod(Proxy::Outside, dataplane);
  const bool unlabelled = ns.document != nullptr && injection == nullptr && revision == nullptr;
  const bool has_policy = !is_root(ns.name) && (!ns.plain_policies.empty() || !ns.selector_policies.empty());
  if (unlabelled && labelled_namespaces_ > 0 && !has_policy) {
    return {Proxy::PresumedOutside, {ProxyReasonKind::Unlabelled, ns.document, -1}};
  }
  return {Proxy::PresumedSidecar, {}};
}

bool PolicyGraph::selects(const Labels& selector, const NamespaceNode& ns, const WorkloadNode& node) const {
  const Labels& labels = node.workload().labels;
  if (is_subset(selector, labels)) return true;
  if (!has_injected_label(selector) || !is_sidecar(proxy_of(ns, &node).proxy)) return false;
  return is_subset_of_injected(selector, labels, node.id.name.view());
}

PolicyNode* PolicyGraph::workload_policy(const NamespaceNode& ns, const WorkloadNode& node) const {
  if (is_root(ns.name)) return nullptr;
  const Labels& labels = node.workload().labels;
  for (PolicyNode* policy : ns.selector_policies) {
    const Labels& selector = policy->policy().selector;
    if (policy->selects_injected ? selects(selector, ns, node) : is_subset(selector, labels)) return policy;
  }
  return nullptr;
}

PolicyNode* PolicyGraph::workload_policy(const NamespaceNode& ns, const Labels& labels) const {
  if (is_root(ns.name)) return nullptr;
  for (PolicyNode* policy : ns.selector_policies) {
    const Labels& selector = policy->policy().selector;
    if (is_subset(selector, labels)) return policy;
    if (policy->selects_injected && is_sidecar(ns.stand_in.proxy) &&
        is_subset_of_injected(selector, labels, {})) {
      return policy;
    }
  }
  return nullptr;
}

// ---------------------------------------------------------------- who calls

bool PolicyGraph::may_call(std::string_view client, std::string_view ns, std::string_view host) const {
  if (sidecars_ == 0) return true;
  const NamespaceNode* node = find_namespace(client);
  if (node == nullptr || node->sidecars.empty()) node = find_namespace(settings_.root_namespace);
  if (node == nullptr || node->sidecars.empty()) return true;
  const auto& sidecar = node->sidecars.front()->as<Sidecar>();
  if (!sidecar.has_egress) return true;
  bool covered = false;
  for (const CompactString& entry : sidecar.egress_hosts) {
    const std::string_view text = entry;
    const std::size_t slash = text.find('/');
    std::string_view part = text.substr(0, slash);
    const std::string_view pattern = slash == std::string_view::npos ? text : text.substr(slash + 1);
    const bool out = part.starts_with('~');
    if (out) part = part.size() == 1 ? std::string_view("*") : part.substr(1);
    if (part == ".") part = client;
    if (part != "*" && part != ns) continue;
    if (!matches_called(pattern, ns, host, settings_.cluster_domain)) continue;
    if (out) return false;
    covered = true;
  }
  return covered;
}

std::vector<std::string_view> PolicyGraph::callers(const std::vector<const HostEntry*>& entries,
                                                   std::string_view ns, std::string_view host) const {
  auto classes = rules_.client_classes(entries, ns);
  if (sidecars_ == 0) return classes;
  std::vector<std::string_view> found;
  for (const std::string_view client : classes) {
    if (may_call(client, ns, host)) found.push_back(client);
  }
  if (!found.empty() && found.front() == kUndocumented) return found;
  // The Sidecar of the root namespace keeps the others from it; another namespace's own may let it through.
  for (const std::string_view key : {std::string_view("*"), ns}) {
    const auto at = egress_.find(key);
    if (at == egress_.end()) continue;
    for (const NamespaceNode* node : at->second) {
      if (std::binary_search(classes.begin(), classes.end(), std::string_view(node->name))) continue;
      if (!may_call(node->name, ns, host)) continue;
      found.push_back(node->name);
      return found;
    }
  }
  return found;
}

std::vector<Client> PolicyGraph::clients_in(std::string_view ns,
                                            const std::vector<const HostEntry*>& entries) const {
  std::vector<Client> clients = {{ns}};
  const NamespaceNode* node = selecting_rules_ == 0 ? nullptr : find_namespace(ns);
  if (node == nullptr || node->selecting_rules.empty()) return clients;
  std::vector<const Labels*> selectors;
  for (const HostEntry* entry : entries) {
    const HostRules* own = entry->in(ns);
    if (own == nullptr) continue;
    for (const RuleGroup& group : own->home) {
      if (const Labels* selector = group.selector(); selector != nullptr && !selector->empty())
        selectors.push_back(selector);
    }
  }
  if (node->workloads.empty()) {
    for (const Labels* selector : selectors) clients.push_back({ns, nullptr, false, selector});
    return clients;
  }
  std::set<std::vector<bool>> known;
  for (const Labels* selector : selectors) {
    for (const WorkloadNode* workload : matching_workloads(*node, *selector)) {
      const Client client{ns, workload, is_sidecar(proxy_of(*node, workload).proxy), nullptr};
      std::vector<bool> carried;
      carried.reserve(selectors.size());
      for (const Labels* other : selectors) carried.push_back(client.carries(*other));
      if (known.insert(std::move(carried)).second) clients.push_back(client);
    }
  }
  return clients;
}

// ---------------------------------------------------------------- targets

bool PolicyGraph::needs_services(const NamespaceNode& ns) const {
  return !is_sidecar(ns.stand_in.proxy) || ns.odd_workloads > 0 || rules_.has_odd_wildcards() ||
         narrow_egress_ > 0 || own_tls_wildcards_ > 0 || !ns.scopes.empty() ||
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
  ns.stand_in = proxy_of(ns, nullptr);
  set_clients(ns);
  for (PolicyNode* policy : ns.selector_policies) mark(policy);  // labels come and go with sidecars
  enter_scopes(ns);
  std::set<std::string_view> hosts;  // each is looked at no more once its target is gone
  for (const auto& [host, uses] : ns.rule_hosts) hosts.insert(host);
  for (const auto& [host, service] : ns.services) {
    if (is_target(ns, host)) hosts.insert(host);
  }
  for (const auto& [host, target] : ns.targets) hosts.insert(host);
  for (const std::string_view host : hosts) compute_host(ns, host);
  compute_host(ns, {});
  compute_ambient(ns);
  compute_callers(ns);
  for (AuthorizationNode* node : ns.authorizations) compute_authorization(*node, ns);
  if (&ns != undocumented_) {
    for (AuthorizationNode* node : root_authorizations_) compute_authorization(*node, ns);
  }
  forget_unused(ns);
  forget_scopes(ns);
}

void PolicyGraph::forget_unused(NamespaceNode& ns) {
  for (auto at = ns.workload_chains.begin(); at != ns.workload_chains.end();) {
    if (at->second.edges.empty() && !bare_watchers_.contains(&at->second)) {
      forget(at->second);
      at = ns.workload_chains.erase(at);
    } else {
      ++at;
    }
  }
  for (auto at = ns.unsure_chains.begin(); at != ns.unsure_chains.end();) {
    if (at->second.edges.empty()) {
      forget(at->second);
      at = ns.unsure_chains.erase(at);
    } else {
      ++at;
    }
  }
}

TargetView PolicyGraph::view_of(NamespaceNode& ns, std::string_view host) const {
  TargetView view{ns, nullptr, nullptr, {}, host};
  if (const auto service = ns.services.find(host); service != ns.services.end()) {
    view.node = service->second;
    view.service = &service->second->service();
  }
  if (view.selects()) view.matching = matching_workloads(ns, view.service->selector);
  return view;
}

void PolicyGraph::compute_host(NamespaceNode& ns, std::string_view host) {
  if (host.empty()) return compute(TargetView{ns, nullptr, nullptr, {}, {}}, {}, ns.undocumented);
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
  Collected nothing;
  replace(target, nothing);
}

// Takes what was found in the place of what the target held.
void PolicyGraph::replace(Target& target, Collected& found) {
  std::sort(found.edges.begin(), found.edges.end());
  std::size_t kept = 0;
  for (const EdgeUse& use : found.edges) {
    if (kept > 0 && found.edges[kept - 1].edge == use.edge) {
      found.edges[kept - 1].flags |= use.flags;
    } else {
      found.edges[kept++] = use;
    }
  }
  found.edges.resize(kept);
  std::sort(found.remarks.begin(), found.remarks.end(), RemarkOrder());
  found.remarks.erase(std::unique(found.remarks.begin(), found.remarks.end()), found.remarks.end());
  sort_unique(found.shadows);
  for (const EdgeUse& use : found.edges) hold(use);
  for (const Remark& remark : found.remarks) add_remark(remark);
  for (const auto& [narrow, wide] : found.shadows) add_shadow(narrow, wide);
  for (IdentityScope* scope : found.scopes) {
    for (const EdgeUse& use : found.edges) count_call(*scope, use.edge, +1);
  }
  for (IdentityScope* scope : target.scopes) {
    for (const EdgeUse& use : target.edges) count_call(*scope, use.edge, -1);
  }
  for (const EdgeUse& use : target.edges) drop(use);
  for (const Remark& remark : target.remarks) drop_remark(remark);
  for (const auto& [narrow, wide] : target.shadows) drop_shadow(narrow, wide);
  target.edges = {found.edges.begin(), found.edges.end()};
  target.remarks = {found.remarks.begin(), found.remarks.end()};
  target.shadows = {found.shadows.begin(), found.shadows.end()};
  target.scopes = {found.scopes.begin(), found.scopes.end()};
  for (std::size_t i = target.headless.size(); i-- > 0;) {
    if (target.headless[i]->edges.empty())
      target.headless.erase(target.headless.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void PolicyGraph::add_remark(const Remark& remark) {
  if (++remarks_[remark.at][remark] > 1) return;
  mark(remark.at);
  count_bare(remark, +1);
}

void PolicyGraph::drop_remark(const Remark& remark) {
  const auto of_node = remarks_.find(remark.at);
  const auto at = of_node->second.find(remark);
  if (--at->second > 0) return;
  mark(remark.at);
  count_bare(remark, -1);
  of_node->second.erase(at);
  if (of_node->second.empty()) remarks_.erase(of_node);
}

std::vector<Remark> PolicyGraph::remarks(const ResourceNode& node) const {
  std::vector<Remark> found;
  const auto at = remarks_.find(&node);
  if (at == remarks_.end()) return found;
  for (const auto& [remark, uses] : at->second) found.push_back(remark);
  return found;
}

void PolicyGraph::compute(const TargetView& view, std::string_view host, Target& target) {
  ++targets_computed_;
  const bool undocumented = host.empty();
  const std::string stand_in =
      undocumented ? service_host(kUndocumented, view.ns.name, settings_.cluster_domain) : std::string();
  const auto entries = rules_.matching(undocumented ? stand_in : host, undocumented);
  std::set<const RuleGroup*> groups;
  Collected found;
  found.scopes = scopes_of(view);
  for (const std::string_view ns : callers(entries, view.ns.name, host)) {
    for (const Client& client : clients_in(ns, entries)) {
      const RuleGroup* group = rules_.lookup(entries, client, view.ns.name);
      groups.insert(group);
      // With auto mTLS the calls adapt, and nothing is lost.
      if (group != nullptr && !settings_.enable_auto_mtls) {
        find_shadows(*group, rules_.lookup(entries, client, view.ns.name, group), found.shadows);
      }
    }
  }
  for (const RuleGroup* group : groups) emit(view, group, target, found);
  replace(target, found);
}

// TIS0204: a rule without any tls that has the say, where without its group a wildcard rule would have it.
void PolicyGraph::find_shadows(const RuleGroup& group, const RuleGroup* wider,
                               std::vector<std::pair<RuleNode*, RuleNode*>>& shadows) {
  if (wider == nullptr || wider->top == nullptr || !is_wildcard(wider->top->host)) return;
  if (group.backend != nullptr) return;  // it has the say, and has tls
  const auto hides = [&](RuleNode* rule) {
    if (!rule->rule().has_tls()) shadows.emplace_back(rule, wider->top);
  };
  if (group.top != nullptr) return hides(group.top);
  for (RuleNode* rule : group.rules) hides(rule);
}

std::vector<PolicyNode*> PolicyGraph::meant_policies(const TargetView& view, const Labels* subset) const {
  std::vector<PolicyNode*> meant;
  if (view.service != nullptr || view.host.empty() || is_root(view.ns.name)) return meant;
  const std::string_view name = view.host.substr(0, view.host.find('.'));
  const auto& policies = view.ns.selector_policies;
  for (auto at = policies.begin(); at != policies.end(); ++at) {
    const Labels& selector = (*at)->policy().selector;
    if (!names_service(selector, name) && (subset == nullptr || !is_subset(selector, *subset))) continue;
    const bool never_decides = std::any_of(policies.begin(), at, [&](const PolicyNode* older) {
      return is_subset(older->policy().selector, selector);
    });
    if (!never_decides) meant.push_back(*at);
  }
  std::sort(meant.begin(), meant.end());
  return meant;
}

// Who may answer a call to this target; empty: there is no call.
std::vector<Server> PolicyGraph::servers(const TargetView& view, const Labels* subset) const {
  std::vector<Server> found;
  if (is_system_namespace(view.ns.name)) return found;
  if (view.service != nullptr) {
    if (view.service->type == ServiceType::ExternalName || !view.selects()) return found;
    if (view.ns.name == "default" && view.node->id.name == "kubernetes") return found;
  } else if (view.ns.name == "default" && view.host.starts_with("kubernetes.")) {
    return found;
  }
  if (!view.matching.empty()) {
    for (const WorkloadNode* node : view.matching) {
      const ProxyVerdict verdict = proxy_of(view.ns, node);
      if (!is_sidecar(verdict.proxy)) continue;
      if (subset != nullptr && !selects(*subset, view.ns, *node)) continue;
      found.push_back({node, workload_policy(view.ns, *node), verdict, {}});
    }
    return found;
  }
  if (!is_sidecar(view.ns.stand_in.proxy)) return found;
  Labels labels;
  if (view.selects()) {
    if (subset == nullptr) {
      labels = view.service->selector;
    } else if (!join_labels(view.service->selector, *subset, labels)) {
      return found;
    }
  }
  found.push_back(
      {nullptr, workload_policy(view.ns, labels), view.ns.stand_in, meant_policies(view, subset)});
  return found;
}

ClientConfig PolicyGraph::client_config(const TargetView& view, const RuleGroup::Chosen& chosen,
                                        std::uint32_t port) const {
  if (chosen.rule != nullptr) return {ClientConfigKind::Clause, chosen.rule, chosen.clause};
  if (!settings_.enable_auto_mtls) return {ClientConfigKind::NoClause, nullptr, {}};
  ClientConfig made{ClientConfigKind::AutoMtls, nullptr, {}};
  if (view.service != nullptr && view.service->headless) {
    made = {ClientConfigKind::Headless, view.node, {}};
  } else if (chosen.passthrough_rule != nullptr) {
    made = {ClientConfigKind::Headless, chosen.passthrough_rule, {chosen.passthrough_subset, -1}};
  } else if (chosen.hidden_rule != nullptr) {
    return {ClientConfigKind::HiddenClause, chosen.hidden_rule, chosen.hidden};
  } else {
    return made;
  }
  for (const WorkloadNode* node : view.matching) {
    const ProxyVerdict verdict = proxy_of(view.ns, node);
    if (is_sidecar(verdict.proxy) || verdict.proxy == Proxy::Gateway) continue;
    if (workload_port(view.service, node, port)) made.outsiders.push_back({node, verdict});
  }
  return made;
}

// The one that edges come from.
ClientConfig& PolicyGraph::shared_config(const ClientConfig& wanted, Target& target) {
  switch (wanted.kind) {
    case ClientConfigKind::Clause:
    case ClientConfigKind::HiddenClause:
      return source_of(static_cast<RuleNode&>(*wanted.owner), key_of(wanted));
    case ClientConfigKind::Headless:
      for (const auto& config : target.headless) {
        if (config->owner == wanted.owner && config->clause == wanted.clause &&
            std::equal(config->outsiders.begin(), config->outsiders.end(), wanted.outsiders.begin(),
                       wanted.outsiders.end())) {
          return *config;
        }
      }
      return *target.headless.emplace_back(std::make_unique<ClientConfig>(wanted));
    case ClientConfigKind::AutoMtls:
      return auto_mtls_;
    default:
      return no_clause_;
  }
}

void PolicyGraph::emit(const TargetView& view, const RuleGroup* group, Target& target, Collected& found) {
  const std::vector<std::uint32_t> ports = call_ports(view.service, group);
  const auto emit_to = [&](const std::pair<RuleNode*, std::int32_t>* subset) {
    const Labels* labels = subset == nullptr ? nullptr : &subset_labels(*subset);
    const std::vector<Server> some = servers(view, labels);
    for (const std::uint32_t port : ports) {
      const RuleGroup::Chosen chosen = group != nullptr ? group->clause(subset, port) : RuleGroup::Chosen{};
      emit_clause(view, chosen, some, port, target, found);
      emit_to_outside(view, chosen, labels, port, found);
      emit_to_bare(view, chosen, labels, port, found);
    }
  };
  emit_to(nullptr);
  if (group == nullptr) return;
  for (const auto& subset : group->subsets) emit_to(&subset);
}

void PolicyGraph::emit_clause(const TargetView& view, const RuleGroup::Chosen& chosen,
                              const std::vector<Server>& servers, std::uint32_t port, Target& target,
                              Collected& found) {
  if (servers.empty()) return;
  const ClientConfig wanted = client_config(view, chosen, port);
  ClientConfig* config = nullptr;
  for (const Server& server : servers) {
    // Where each workload gets what it takes, only a workload policy below a DISABLE can be in the way.
    const bool adapts = wanted.kind == ClientConfigKind::AutoMtls ||
                        (wanted.kind == ClientConfigKind::Headless && wanted.outsiders.empty());
    if (adapts && server.policy == nullptr && found.scopes.empty()) continue;
    const auto at = workload_port(view.service, server.workload, port);
    const Workload* workload = server.workload == nullptr ? nullptr : &server.workload->workload();
    if (!at || !takes_port(workload, *at)) continue;
    PolicyChain& asked = server.meant.empty() ? chain(view.ns, server.policy, *at)
                                              : unsure_chain(view.ns, server.policy, server.meant);
    if (config == nullptr) config = &shared_config(wanted, target);
    unsigned flags = 0;
    if (view.service != nullptr) flags |= ToDocumented;
    if (server.workload != nullptr) flags |= ToKnown;
    if (server.workload != nullptr && server.verdict.proxy == Proxy::Sidecar) flags |= ToKnownSidecar;
    found.edges.push_back({acquire(*config, asked), static_cast<std::uint8_t>(flags)});
    if (wanted.kind == ClientConfigKind::Clause) emit_http(view, chosen, port, asked, found);
  }
}

// MTLS0105, whatever the modes are.
void PolicyGraph::emit_http(const TargetView& view, const RuleGroup::Chosen& chosen, std::uint32_t port,
                            const PolicyChain& chain, Collected& found) {
  if (view.service == nullptr || !chosen.rule->has_own_tls) return;
  const auto& ports = view.service->ports;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].port != port || ports[i].protocol() == Protocol::Udp || !declares_http(ports[i])) continue;
    found.remarks.push_back({Remark::Kind::TlsToHttp,
                             chosen.rule,
                             chosen.clause,
                             view.node,
                             static_cast<std::int32_t>(i),
                             &chain,
                             {},
                             {},
                             ports[i].app_protocol() != nullptr});
  }
}

// MTLS0103, whatever the clause's mode is.
void PolicyGraph::emit_to_outside(const TargetView& view, const RuleGroup::Chosen& chosen,
                                  const Labels* subset, std::uint32_t port, Collected& found) const {
  if (chosen.rule == nullptr || view.matching.empty()) return;
  bool presumed = false;
  std::vector<Outsider> called;
  for (const WorkloadNode* node : view.matching) {
    const ProxyVerdict verdict = proxy_of(view.ns, node);
    if (!is_outside(verdict.proxy)) return;
    presumed = presumed || verdict.proxy == Proxy::PresumedOutside;
    if (subset != nullptr && !is_subset(*subset, node->workload().labels)) continue;
    if (workload_port(view.service, node, port)) called.push_back({node, verdict});
  }
  for (const Outsider& outsider : called) {
    found.remarks.push_back({Remark::Kind::MutualToOutside, chosen.rule, chosen.clause, view.node,
                             presumed ? 1 : 0, nullptr, outsider});
  }
}

// MTLS0103 as a hint: clauses of wildcards that decide calls to the API server in step 1 or 3.
void PolicyGraph::compute_api_server() {
  const std::string& host = api_server_host_;
  const auto entries = rules_.matching(host, false);
  const NamespaceNode* ns = find_namespace("default");
  const Service* service = nullptr;
  if (ns != nullptr) {
    const auto at = ns->services.find(host);
    if (at != ns->services.end()) service = &at->second->service();
  }
  std::set<const RuleGroup*> groups;
  for (const std::string_view caller : callers(entries, "default", host)) {
    if (find_namespace(caller) == nullptr) continue;
    for (const Client& client : clients_in(caller, entries)) {
      int step = 0;
      const RuleGroup* group = rules_.lookup(entries, client, "default", nullptr, step);
      if (group != nullptr && step != 2 && is_wildcard(group->rules.front()->host)) groups.insert(group);
    }
  }
  Collected found;
  for (const RuleGroup* group : groups) {
    const auto emit_to = [&](const std::pair<RuleNode*, std::int32_t>* subset) {
      for (const std::uint32_t port : call_ports(service, group)) {
        const RuleGroup::Chosen chosen = group->clause(subset, port);
        if (chosen.rule == nullptr) continue;
        found.remarks.push_back(
            {Remark::Kind::ApiServer, chosen.rule, chosen.clause, nullptr, -1, nullptr, {}});
      }
    };
    emit_to(nullptr);
    for (const auto& subset : group->subsets) emit_to(&subset);
  }
  replace(api_server_, found);
}

// MTLS0009: the calls to a namespace's ambient workloads, port levels aside.
void PolicyGraph::compute_ambient(NamespaceNode& ns) {
  Collected found;
  if (ns.stand_in.proxy == Proxy::Ambient || ns.odd_workloads > 0) {
    for (const WorkloadNode* node : ns.workloads) {
      if (proxy_of(ns, node).proxy != Proxy::Ambient) continue;
      found.edges.push_back({acquire(ambient_, chain(ns, workload_policy(ns, *node), 0)), 0});
    }
  }
  replace(ns.ambient, found);
}

// The workloads of an AuthorizationPolicy in one namespace, or a stand-in where none is known (TIS0104).
void PolicyGraph::compute_authorization(AuthorizationNode& node, NamespaceNode& ns) {
  const Labels& selector = node.policy().selector;
  const std::vector<WorkloadNode*> matching =
      selector.empty() ? ns.workloads : matching_workloads(ns, selector);
  std::vector<Edge*> fresh;
  for (const WorkloadNode* workload : matching) {
    if (!is_sidecar(proxy_of(ns, workload).proxy)) continue;
    fresh.push_back(acquire(node.client_config, chain(ns, workload_policy(ns, *workload), 0)));
  }
  if (matching.empty() && is_sidecar(ns.stand_in.proxy)) {
    fresh.push_back(acquire(node.client_config, chain(ns, workload_policy(ns, selector), 0)));
  }
  sort_unique(fresh);
  for (Edge* edge : fresh) hold({edge, 0});
  release_authorization(node, ns);
  if (!fresh.empty()) node.edges[&ns] = std::move(fresh);
}

void PolicyGraph::release_authorization(AuthorizationNode& node, NamespaceNode& ns) {
  const auto at = node.edges.find(&ns);
  if (at == node.edges.end()) return;
  for (Edge* edge : at->second) drop({edge, 0});
  node.edges.erase(at);
}

}  // namespace workspace
