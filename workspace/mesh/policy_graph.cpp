// How changes come in: what a resource touches is queued, and flush works it off in dependency order:
// targets, then answers, then judgements.
#include "workspace/mesh/policy_graph.h"

#include <algorithm>

#include "workspace/mesh/host_name.h"

namespace workspace {

namespace {

// What a resource of these kinds makes known besides its own namespace.
const ExportTo* exports_of(const Resource& resource) {
  if (const auto* rule = std::get_if<DestinationRule>(&resource)) return &rule->export_to;
  if (const auto* entry = std::get_if<ServiceEntry>(&resource)) return &entry->export_to;
  return nullptr;
}

bool takes_effect(const ResourceNode& node) {
  const auto* rule = std::get_if<DestinationRule>(&node.resource());
  return rule == nullptr || !is_refused(*rule, node.id.ns);
}

bool asks_for_injection(const Namespace& document) {
  const ProxyField* injection = find_field(document.fields, ProxySetting::NamespaceInjection);
  return (injection != nullptr && injection->value.value == "enabled") ||
         find_field(document.fields, ProxySetting::Revision) != nullptr;
}

// Whether a workload says something because of which its calls may not be those of a pod without labels.
bool is_odd(const Workload& workload) {
  if (workload.host_network || workload.seen != SeenProxy::NotSeen) return true;
  return std::any_of(workload.fields.begin(), workload.fields.end(), [](const ProxyField& field) {
    switch (field.setting) {
      case ProxySetting::Inject:
        return field.value.value == "false";
      case ProxySetting::DataplaneMode:
      case ProxySetting::Templates:
      case ProxySetting::IncludeInboundPorts:
      case ProxySetting::ExcludeInboundPorts:
        return true;
      default:
        return false;
    }
  });
}

bool has_own_tls(const DestinationRule& rule) {
  bool found = false;
  rule.for_each_tls([&found](ClauseRef, const ClientTls& tls) {
    found |= tls.mode == TlsMode::Simple || tls.mode == TlsMode::Mutual;
  });
  return found;
}

// Whether a wildcard matches hosts of the cluster.
bool matches_cluster(std::string_view host, std::string_view domain) {
  if (!is_wildcard(host)) return false;
  if (!namespace_of_host(host, domain).empty()) return true;
  const std::string services = ".svc." + std::string(domain);
  return host.substr(1).ends_with(services) || services.ends_with(host.substr(1));
}

// The parts of an egress host, `namespace/host`.
std::pair<std::string_view, std::string_view> egress_parts(std::string_view entry) {
  const std::size_t slash = entry.find('/');
  if (slash == std::string_view::npos) return {entry, entry};
  return {entry.substr(0, slash), entry.substr(slash + 1)};
}

bool is_narrow(std::string_view entry) {
  const std::string_view host = egress_parts(entry).second;
  return host != "*" && !host.starts_with("*.");
}

template <class F>
void for_each_mention(const ResourceNode& node, F&& retain_namespace) {
  if (node.id.kind == Kind::Namespace) {
    retain_namespace(node.id.name);
  } else if (!is_cluster_scoped(node.id.kind) && node.id.kind != Kind::UnknownKind &&
             !is_deployment(node.id.kind)) {
    retain_namespace(node.id.ns);
  }
  const ExportTo* exports = exports_of(node.resource());
  if (exports == nullptr || !takes_effect(node)) return;
  for (const CompactString& name : *exports) {
    if (name != "*" && name != "." && name != "~") retain_namespace(name);
  }
}

}  // namespace

PolicyGraph::PolicyGraph(EffectiveSettings settings)
    : settings_(std::move(settings)),
      api_server_host_(service_host("kubernetes", "default", settings_.cluster_domain)),
      rules_(settings_.root_namespace, settings_.private_rules) {
  undocumented_ = &retain_namespace(kUndocumented);
}

PolicyGraph::~PolicyGraph() = default;

const NamespaceNode* PolicyGraph::find_namespace(std::string_view name) const {
  const auto at = namespaces_.find(name);
  return at == namespaces_.end() ? nullptr : at->second.get();
}

PolicyNode* PolicyGraph::mesh_policy() const {
  const NamespaceNode* root = find_namespace(settings_.root_namespace);
  return root == nullptr || root->plain_policies.empty() ? nullptr : root->plain_policies.front();
}

void PolicyGraph::mark(ResourceNode* node) {
  if (node == nullptr) return;
  if (node->definitions.empty()) return mark_policies(*node, &PolicyGraph::mark);
  if (node->recheck == Recheck::None) dirty_.push_back(node);
  node->recheck = Recheck::Full;
}

// Of a rule that BackendTLSPolicies make.
void PolicyGraph::mark_policies(const ResourceNode& node, void (PolicyGraph::*mark_policy)(ResourceNode*)) {
  const auto* rule = node_cast<RuleNode>(&node);
  if (rule == nullptr || rule->backend == nullptr) return;
  for (const BackendRule::Clause& clause : rule->backend->clauses) (this->*mark_policy)(clause.policy);
}

void PolicyGraph::mark_eased(ResourceNode* node) {
  if (node == nullptr || node->recheck != Recheck::None) return;
  if (node->definitions.empty()) return mark_policies(*node, &PolicyGraph::mark_eased);
  node->recheck = Recheck::Eased;
  dirty_.push_back(node);
}

void PolicyGraph::queue(NamespaceNode& ns) {
  if (ns.queued) return;
  ns.queued = true;
  queue_.push_back(&ns);
}

void PolicyGraph::queue_targets(NamespaceNode& ns) {
  ns.targets_dirty = true;
  queue(ns);
}

void PolicyGraph::queue_all_targets() {
  for (const auto& [name, ns] : namespaces_) queue_targets(*ns);
}

// Files of a namespace come one after the other, and ask for it again and again.
NamespaceNode* PolicyGraph::lookup_namespace(std::string_view name) {
  if (last_known_ == nullptr || last_known_->name != name) {
    const auto at = namespaces_.find(name);
    last_known_ = at == namespaces_.end() ? nullptr : at->second.get();
  }
  return last_known_;
}

NamespaceNode& PolicyGraph::known(std::string_view name) { return *lookup_namespace(name); }

NamespaceNode& PolicyGraph::retain_namespace(std::string_view name) {
  if (lookup_namespace(name) == nullptr) last_known_ = &make_namespace(name);
  ++last_known_->mentions;
  return *last_known_;
}

NamespaceNode& PolicyGraph::make_namespace(std::string_view name) {
  NamespaceNode& ns = *namespaces_.emplace(name, std::make_unique<NamespaceNode>()).first->second;
  ns.name = name;
  ns.chain.ns = &ns;
  foreign_hosts_.namespace_changed(name);
  queue_targets(ns);
  return ns;
}

void PolicyGraph::release_namespace(std::string_view name) {
  NamespaceNode& ns = known(name);
  if (--ns.mentions == 0) queue(ns);  // flush removes it, unless it is mentioned again by then
}

void PolicyGraph::add(ResourceNode* node) {
  for_each_mention(*node, [this](std::string_view name) { retain_namespace(name); });
  switch (node->id.kind) {
    case Kind::PeerAuthentication:
      add_policy(static_cast<PolicyNode*>(node));
      break;
    case Kind::DestinationRule:
      add_rule(static_cast<RuleNode*>(node));
      break;
    case Kind::BackendTLSPolicy:
      change_backend(static_cast<BackendNode*>(node), true);
      break;
    case Kind::AuthorizationPolicy:
      change_authorization(static_cast<AuthorizationNode*>(node), true);
      break;
    case Kind::Namespace:
      change_namespace(node, true);
      break;
    case Kind::Service:
      change_service(static_cast<ServiceNode*>(node), true);
      break;
    case Kind::ServiceEntry:
      foreign_hosts_.change_entry(node->as<ServiceEntry>(), +1);
      break;
    case Kind::Gateway:
      change_gateway(node, true);
      break;
    case Kind::Sidecar:
      change_sidecar(node, true);
      break;
    case Kind::ConfigMap:
      change_config_map(node, true);
      break;
    default:
      if (auto* workload = node_cast<WorkloadNode>(node)) change_workload(workload, true);
  }
  change_caller(node, true);
  touch_bare(*node);
  mark(node);
}

void PolicyGraph::remove(ResourceNode* node) {
  switch (node->id.kind) {
    case Kind::PeerAuthentication:
      remove_policy(static_cast<PolicyNode*>(node));
      break;
    case Kind::DestinationRule:
      remove_rule(static_cast<RuleNode*>(node));
      break;
    case Kind::BackendTLSPolicy:
      change_backend(static_cast<BackendNode*>(node), false);
      break;
    case Kind::AuthorizationPolicy:
      change_authorization(static_cast<AuthorizationNode*>(node), false);
      break;
    case Kind::Namespace:
      change_namespace(node, false);
      break;
    case Kind::Service:
      change_service(static_cast<ServiceNode*>(node), false);
      break;
    case Kind::ServiceEntry:
      foreign_hosts_.change_entry(node->as<ServiceEntry>(), -1);
      break;
    case Kind::Gateway:
      change_gateway(node, false);
      break;
    case Kind::Sidecar:
      change_sidecar(node, false);
      break;
    case Kind::ConfigMap:
      change_config_map(node, false);
      break;
    default:
      if (auto* workload = node_cast<WorkloadNode>(node)) change_workload(workload, false);
  }
  change_caller(node, false);
  touch_bare(*node);
  for_each_mention(*node, [this](std::string_view name) { release_namespace(name); });
}

void PolicyGraph::modes_changed(ResourceNode* node) {
  mark(node);
  if (node->id.kind == Kind::PeerAuthentication) {
    auto* policy = static_cast<PolicyNode*>(node);
    NamespaceNode& ns = known(node->id.ns);
    if (policy->policy().has_selector()) {
      policies_with_changed_modes_.push_back(policy);
      return;
    }
    for (PolicyNode* other : ns.plain_policies) mark(other);  // TIS0001
    if (is_root(node->id.ns)) {
      mesh_resolutions_dirty_ = true;
    } else {
      ns.answers_dirty = true;
      queue(ns);
    }
  } else if (node->id.kind == Kind::DestinationRule) {
    auto* rule = static_cast<RuleNode*>(node);
    if (rule->siblings == nullptr) return;
    mark_siblings(rule);  // they may say the same now, or no longer
    with_changed_modes_.push_back(rule);
    if (const bool own_tls = has_own_tls(rule->rule()); own_tls != rule->has_own_tls) {
      rule->has_own_tls = own_tls;
      if (matches_cluster(rule->host, settings_.cluster_domain)) own_tls_wildcards_ += own_tls ? 1U : ~0U;
      touch_host(rule->host);
    }
    if (is_mesh_wide(rule->host, settings_.cluster_domain)) mark_eased(mesh_policy());
  }
}

// ---------------------------------------------------------------- PeerAuthentication

void PolicyGraph::policies_changed(NamespaceNode& ns) {
  for (PolicyNode* policy : ns.plain_policies) mark(policy);
  for (PolicyNode* policy : ns.selector_policies) mark(policy);
  if (is_root(ns.name)) {
    mesh_resolutions_dirty_ = true;
  } else {
    ns.answers_dirty = true;
    queue_targets(ns);
  }
}

void PolicyGraph::add_policy(PolicyNode* node) {
  NamespaceNode& ns = known(node->id.ns);
  node->selects_injected = has_injected_label(node->policy().selector);
  auto& list = node->policy().has_selector() ? ns.selector_policies : ns.plain_policies;
  list.insert(std::upper_bound(list.begin(), list.end(), node, is_older), node);
  policies_changed(ns);
}

void PolicyGraph::remove_policy(PolicyNode* node) {
  NamespaceNode& ns = known(node->id.ns);
  std::erase(ns.selector_policies, node);
  std::erase(ns.plain_policies, node);
  std::erase(policies_with_changed_modes_, node);
  policies_changed(ns);
}

// ---------------------------------------------------------------- DestinationRule

void PolicyGraph::mark_siblings(const RuleNode* node) {
  if (node->siblings == nullptr) return;
  for (RuleNode* sibling : node->siblings->rules) mark(sibling);
}

// Has the targets computed again that a rule's host can match.
void PolicyGraph::touch_host(std::string_view host) {
  if (host_matches(host, api_server_host_)) api_server_dirty_ = true;
  const std::string_view ns = namespace_of_host(host, settings_.cluster_domain);
  if (!ns.empty()) {
    NamespaceNode& node = known(ns);
    return is_wildcard(host) ? queue_targets(node) : touch_host(node, host);
  }
  if (matches_cluster(host, settings_.cluster_domain)) queue_all_targets();
}

void PolicyGraph::touch_host(NamespaceNode& ns, std::string_view host) {
  if (ns.targets_dirty) return;
  ns.dirty_hosts.emplace_back(host);
  queue(ns);
}

namespace {

// A rule that calls look at in step 3 only, and that leaves open which services are targets.
bool comes_last(const RuleNode& rule, std::string_view root) {
  return rule.id.ns == root && rule.is_public && !rule.rule().has_workload_selector() &&
         !has_own_tls(rule.rule());
}

// Whether each lookup of a host ends with a rule of its own namespace (not the root) before step 3.
bool ends_at_home(const RuleIndex& rules, const NamespaceNode& ns, std::string_view host) {
  const HostEntry* entry = rules.find(host);
  const HostRules* own = entry == nullptr ? nullptr : entry->in(ns.name);
  if (own == nullptr || own->home.empty()) return false;
  return std::any_of(own->exported().begin(), own->exported().end(),
                     [](const RuleGroup& group) { return group.rules.front()->is_public; });
}

}  // namespace

// A mesh-wide rule of the root namespace matches every host and decides for few: with 100,000 manifests most
// services have a rule of their own.
void PolicyGraph::touch_rule(const RuleNode& rule) {
  const bool everywhere = is_mesh_wide(rule.host, settings_.cluster_domain);
  if (!everywhere || !settings_.enable_auto_mtls || !comes_last(rule, settings_.root_namespace))
    return touch_host(rule.host);  // without auto mTLS a rule hides another one (TIS0204)
  if (host_matches(rule.host, api_server_host_)) api_server_dirty_ = true;
  for (const auto& [name, ns] : namespaces_) {
    const bool done = !ns->dirty_hosts.empty() && ns->dirty_hosts.back().empty();
    if (ns->targets_dirty || done) continue;
    for (const auto& [host, target] : ns->targets) {
      if (is_root(name) || !ends_at_home(rules_, *ns, host)) touch_host(*ns, host);
    }
    touch_host(*ns, "");
  }
}

// The namespace and the service that a rule's host makes known.
void PolicyGraph::change_rule_scope(RuleNode* node, int by) {
  const std::string_view ns = namespace_of_host(node->host, settings_.cluster_domain);
  if (ns.empty()) return;
  if (by > 0) retain_namespace(ns);
  const std::string_view host = node->host;
  const bool is_service = host.substr(host.find('.') + 1).data() == ns.data();  // one label before it
  if (!is_wildcard(host) && is_service) {
    auto& hosts = known(ns).rule_hosts;
    const auto at = hosts.try_emplace(node->host, 0).first;
    at->second += by;
    if (at->second == 0) hosts.erase(at);
  }
  if (by < 0) release_namespace(ns);
}

void PolicyGraph::add_rule(RuleNode* node) {
  const DestinationRule& rule = node->rule();
  node->host = resolve_host(rule.host.value, node->id.ns, settings_.cluster_domain);
  node->siblings = nullptr;
  change_foreign_rule(node, true);
  if (node->host.empty()) return;
  foreign_hosts_.add_rule(node, settings_.cluster_domain);  // also of a rule that takes no effect
  if (is_refused(rule, node->id.ns)) return;
  enter_rule(node);
}

void PolicyGraph::enter_rule(RuleNode* node) {
  const DestinationRule& rule = node->rule();
  change_rule_scope(node, +1);
  rules_.add(node);
  touch_rule(*node);
  mark_siblings(node);
  with_changed_modes_.push_back(node);  // findings elsewhere may quote it
  node->has_own_tls = has_own_tls(rule);
  if (node->has_own_tls && matches_cluster(node->host, settings_.cluster_domain)) ++own_tls_wildcards_;
  if (rule.has_workload_selector()) {
    ++selecting_rules_;
    known(node->id.ns).selecting_rules.push_back(node);
  }
  if (!is_mesh_wide(node->host, settings_.cluster_domain)) return;
  mesh_wide_.push_back(node);
  mark(mesh_policy());
}

void PolicyGraph::remove_rule(RuleNode* node) {
  change_foreign_rule(node, false);
  if (!node->host.empty()) foreign_hosts_.remove_rule(node, settings_.cluster_domain);
  if (node->siblings != nullptr) leave_rule(node);
}

void PolicyGraph::leave_rule(RuleNode* node) {
  mark_siblings(node);
  rules_.remove(node);
  if (node->has_own_tls && matches_cluster(node->host, settings_.cluster_domain)) --own_tls_wildcards_;
  if (node->rule().has_workload_selector()) {
    --selecting_rules_;
    std::erase(known(node->id.ns).selecting_rules, node);
  }
  if (std::erase(mesh_wide_, node) > 0) mark(mesh_policy());
  std::erase(with_changed_modes_, node);
  touch_rule(*node);
  change_rule_scope(node, -1);
}

// Keeps the rules that MTLS0013 can be about.
void PolicyGraph::change_foreign_rule(RuleNode* node, bool add) {
  const std::string_view ns = namespace_of_host(node->host, settings_.cluster_domain);
  if (ns.empty() || ns == node->id.ns.view() || is_root(node->id.ns)) return;
  if (!node->rule().has_tls()) return;
  if (add) {
    foreign_rules_[node->id.ns.str()].insert(node);
    return;
  }
  const auto at = foreign_rules_.find(node->id.ns.view());
  at->second.erase(node);
  if (at->second.empty()) foreign_rules_.erase(at);
}

bool PolicyGraph::lacks_clients(const RuleNode& rule) const {
  const auto at = foreign_rules_.find(rule.id.ns.view());
  if (at == foreign_rules_.end() || !at->second.contains(const_cast<RuleNode*>(&rule))) return false;
  const NamespaceNode* ns = find_namespace(rule.id.ns);
  return with_sidecar_ > 0 && (ns == nullptr || !ns->has_caller);
}

// Which of a namespace's known workloads can call.
void PolicyGraph::set_clients(NamespaceNode& ns) {
  bool has_sidecar = false;
  bool has_caller = false;
  for (const WorkloadNode* workload : ns.workloads) {
    const Proxy proxy = proxy_of(ns, workload).proxy;
    has_sidecar = is_sidecar(proxy);
    has_caller = has_caller || has_sidecar || proxy == Proxy::Gateway;
    if (has_sidecar) break;
  }
  const auto mark_rules = [this](const auto& rules) {
    for (RuleNode* rule : rules) mark(rule);
  };
  const bool any_before = with_sidecar_ > 0;
  if (has_sidecar != ns.has_sidecar) with_sidecar_ += has_sidecar ? 1U : ~std::size_t{0};
  if (any_before != (with_sidecar_ > 0)) {
    for (const auto& [name, rules] : foreign_rules_) mark_rules(rules);
  } else if (has_caller != ns.has_caller) {
    const auto at = foreign_rules_.find(ns.name);
    if (at != foreign_rules_.end()) mark_rules(at->second);
  }
  ns.has_sidecar = has_sidecar;
  ns.has_caller = has_caller;
}

// ---------------------------------------------------------------- the server side

void PolicyGraph::change_service(ServiceNode* node, bool add) {
  if (node->id.name.empty()) return;
  NamespaceNode& ns = known(node->id.ns);
  const std::string host = service_host(node->id.name, node->id.ns, settings_.cluster_domain);
  if (add) {
    ns.services[CompactString(host)] = node;
  } else {
    ns.services.erase(host);
  }
  for (PolicyNode* policy : ns.selector_policies) {
    if (!policy->policy().port_level.empty()) mark(policy);  // MTLS0008
  }
  touch_host(ns, host);
  touch_backend(*node);
  if (host == api_server_host_) api_server_dirty_ = true;
}

// Which clients of a namespace its rules select, or whether any are known, changes.
void PolicyGraph::touch_selecting_rules(const NamespaceNode& ns) {
  for (const RuleNode* rule : ns.selecting_rules) touch_host(rule->host);
}

void PolicyGraph::change_workload(WorkloadNode* node, bool add) {
  NamespaceNode& ns = known(node->id.ns);
  node->gateway_state = 0;
  if (is_odd(node->workload())) ns.odd_workloads += add ? 1U : ~0U;
  touch_selecting_rules(ns);
  for (const auto& label : node->workload().labels) {
    if (add) {
      ns.workloads_by_label[label].push_back(node);
    } else if (const auto at = ns.workloads_by_label.find(label); at != ns.workloads_by_label.end()) {
      auto& nodes = at->second;
      nodes.erase(std::find(nodes.begin(), nodes.end(), node));
      if (nodes.empty()) ns.workloads_by_label.erase(at);
    }
  }
  if (add) {
    ns.workloads.push_back(node);
  } else {
    std::erase(ns.workloads, node);
  }
  change_calling_workload(node, add);
  count_outbound(*node, add ? 1 : -1);
  for (PolicyNode* policy : ns.selector_policies) mark(policy);
  queue_targets(ns);
}

void PolicyGraph::change_namespace(ResourceNode* node, bool add) {
  NamespaceNode& ns = known(node->id.name);
  if (!node->id.name.empty()) ns.document = add ? node : nullptr;
  queue_targets(ns);
  touch_selecting_rules(ns);
  for (PolicyNode* policy : ns.selector_policies) mark(policy);
  if (!asks_for_injection(node->as<Namespace>())) return;
  const bool any_before = labelled_namespaces_ > 0;
  labelled_namespaces_ += add ? 1U : ~0U;
  if (any_before == (labelled_namespaces_ > 0)) return;
  // Those whose document has no label for it are presumed otherwise now.
  for (const auto& [name, other] : namespaces_) {
    if (other->document != nullptr) queue_targets(*other);
  }
}

void PolicyGraph::change_gateway(ResourceNode* node, bool add) {
  const Labels& selector = node->as<Gateway>().selector;
  if (selector.empty()) return;
  auto& list = gateways_[selector.front()];
  if (add) {
    list.push_back(node);
  } else {
    std::erase(list, node);
    if (list.empty()) gateways_.erase(selector.front());
  }
  ++gateway_state_;
  changed_gateways_.push_back(selector);
}

// Has the targets computed again behind which there are workloads that a changed Gateway selects.
void PolicyGraph::queue_gateways() {
  if (changed_gateways_.empty()) return;
  for (const auto& [name, ns] : namespaces_) {
    for (const Labels& selector : changed_gateways_) {
      if (ns->targets_dirty && ns->selecting_rules.empty()) break;
      if (matching_workloads(*ns, selector).empty()) continue;
      queue_targets(*ns);
      touch_selecting_rules(*ns);
    }
  }
  changed_gateways_.clear();
}

// Enters the namespace where its clients may call: by the namespace part of its Sidecar's egress hosts.
void PolicyGraph::index_egress(NamespaceNode& ns) {
  if (const auto old = egress_keys_.find(&ns); old != egress_keys_.end()) {
    for (const std::string& key : old->second) {
      const auto at = egress_.find(key);
      at->second.erase(&ns);
      if (at->second.empty()) egress_.erase(at);
    }
    egress_keys_.erase(old);
  }
  if (ns.sidecars.empty()) return;
  std::set<std::string> keys;
  const auto& sidecar = ns.sidecars.front()->as<Sidecar>();
  if (!sidecar.has_egress) keys.insert("*");
  for (const CompactString& entry : sidecar.egress_hosts) {
    const std::string_view part = egress_parts(entry.view()).first;
    if (!part.starts_with('~') && part != ".") keys.emplace(part);
  }
  for (const std::string& key : keys) egress_[key].insert(&ns);
  egress_keys_[&ns].assign(keys.begin(), keys.end());
}

void PolicyGraph::change_sidecar(ResourceNode* node, bool add) {
  const auto& sidecar = node->as<Sidecar>();
  if (sidecar.has_workload_selector) return;
  NamespaceNode& ns = known(node->id.ns);
  const auto narrow = static_cast<std::uint32_t>(
      std::count_if(sidecar.egress_hosts.begin(), sidecar.egress_hosts.end(),
                    [](const CompactString& entry) { return is_narrow(entry.view()); }));
  if (add) {
    ++sidecars_;
    narrow_egress_ += narrow;
    ns.sidecars.insert(std::upper_bound(ns.sidecars.begin(), ns.sidecars.end(), node, is_older), node);
  } else {
    --sidecars_;
    narrow_egress_ -= narrow;
    std::erase(ns.sidecars, node);
  }
  index_egress(ns);
  api_server_dirty_ = true;
  queue_all_targets();
}

void PolicyGraph::change_authorization(AuthorizationNode* node, bool add) {
  NamespaceNode& own = known(node->id.ns);
  if (!add) {
    std::erase(own.authorizations, node);
    std::erase(root_authorizations_, node);
    leave_scopes(*node);
    while (!node->edges.empty()) release_authorization(*node, *node->edges.begin()->first);
    return;
  }
  node->client_config = {ClientConfigKind::Authorization, node, {}, {}};
  if (node->policy().uses.empty()) return;
  if (is_root(node->id.ns)) {
    root_authorizations_.push_back(node);
    queue_all_targets();
  } else {
    own.authorizations.push_back(node);
    queue_targets(own);
  }
}

// ---------------------------------------------------------------- flush

// Namespaces that nothing mentions any more go first, so that no edge of theirs is judged on facts that left.
void PolicyGraph::drop_unreferenced() {
  std::erase_if(queue_, [this](NamespaceNode* ns) {
    if (ns->mentions > 0) return false;
    foreign_hosts_.namespace_changed(ns->name);
    remove_namespace(*ns);
    return true;
  });
}

void PolicyGraph::compute_queued() {
  for (NamespaceNode* ns : queue_) {
    if (ns->targets_dirty) {
      compute_namespace(*ns);
    } else {
      for (const std::string& host : ns->dirty_hosts) {
        compute_host(*ns, host);
        compute_called(*ns, host);
      }
      if (ns->pods_called_dirty) compute_pods_called(*ns);
    }
  }
}

PolicyGraph::Changes PolicyGraph::flush() {
  targets_computed_ = 0;
  queue_gateways();
  queue_monitored();
  drop_unreferenced();
  compute_queued();
  if (api_server_dirty_) compute_api_server();
  api_server_dirty_ = false;
  for (NamespaceNode* ns : queue_) {
    if (ns->answers_dirty) resolve_namespace(*ns);
    ns->queued = ns->targets_dirty = ns->answers_dirty = ns->pods_called_dirty = false;
    ns->dirty_hosts.clear();
  }
  queue_.clear();
  for (const ResourceNode* caller : std::exchange(removed_callers_, {})) {
    const auto config = caller_configs_.find(caller);
    if (config != caller_configs_.end() && config->second.edges.empty()) caller_configs_.erase(config);
  }
  for (PolicyNode* policy : policies_with_changed_modes_) resolve_policy(*policy);
  policies_with_changed_modes_.clear();
  if (mesh_resolutions_dirty_) resolve_mesh();
  mesh_resolutions_dirty_ = false;
  for (RuleNode* rule : with_changed_modes_) {
    for (const auto& client_config : rule->sources) evaluate_all(*client_config);
    mark(rule);
    mark_bare(rule);
    if (!rule->narrower) continue;
    for (RuleNode* narrow : *rule->narrower) mark(narrow);
  }
  with_changed_modes_.clear();
  for (RuleNode* rule : foreign_hosts_.take_changed()) mark(rule);
  retired_rules_.clear();
  Changes changes;
  for (ResourceNode* node : std::exchange(dirty_, {})) {
    const Recheck recheck = std::exchange(node->recheck, Recheck::None);
    if (node->definitions.empty()) continue;
    (recheck == Recheck::Full ? changes.changed : changes.eased).push_back(node);
  }
  return changes;
}

}  // namespace workspace
