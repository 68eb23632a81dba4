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

template <class F>
void for_each_mention(const ResourceNode& node, F&& retain_namespace) {
  if (node.id.kind == Kind::Namespace) {
    retain_namespace(node.id.name);
  } else if (!is_cluster_scoped(node.id.kind) && node.id.kind != Kind::UnknownKind) {
    retain_namespace(node.id.ns);
  }
  const ExportTo* exports = exports_of(node.resource());
  if (exports == nullptr) return;
  for (const CompactString& name : *exports) {
    if (name != "*" && name != ".") retain_namespace(name);
  }
}

}  // namespace

PolicyGraph::PolicyGraph(EffectiveSettings settings)
    : settings_(std::move(settings)), rules_(settings_.root_namespace) {
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
  if (node == nullptr || node->definitions.empty()) return;
  if (node->recheck == Recheck::None) dirty_.push_back(node);
  node->recheck = Recheck::Full;
}

void PolicyGraph::mark_eased(ResourceNode* node) {
  if (node == nullptr || node->recheck != Recheck::None || node->definitions.empty()) return;
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
    default:
      if (auto* workload = dynamic_cast<WorkloadNode*>(node)) change_workload(workload, true);
  }
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
    default:
      if (auto* workload = dynamic_cast<WorkloadNode*>(node)) change_workload(workload, false);
  }
  for_each_mention(*node, [this](std::string_view name) { release_namespace(name); });
}

void PolicyGraph::modes_changed(ResourceNode* node) {
  mark(node);
  if (node->id.kind == Kind::PeerAuthentication) {
    auto* policy = static_cast<PolicyNode*>(node);
    if (policy->policy().has_selector()) {
      policies_with_changed_modes_.push_back(policy);
    } else if (is_root(node->id.ns)) {
      mesh_resolutions_dirty_ = true;
    } else {
      NamespaceNode& ns = known(node->id.ns);
      ns.answers_dirty = true;
      queue(ns);
    }
  } else if (node->id.kind == Kind::DestinationRule) {
    auto* rule = static_cast<RuleNode*>(node);
    with_changed_modes_.push_back(rule);
    // Which may lack a mesh-wide rule now (TIS0503); that is a warning.
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
  const std::string_view ns = namespace_of_host(host, settings_.cluster_domain);
  if (!ns.empty()) {
    NamespaceNode& node = known(ns);
    return is_wildcard(host) ? queue_targets(node) : touch_host(node, host);
  }
  if (!is_wildcard(host)) return;
  const std::string services = ".svc." + settings_.cluster_domain;
  if (host.substr(1).ends_with(services) || services.ends_with(host.substr(1))) queue_all_targets();
}

void PolicyGraph::touch_host(NamespaceNode& ns, std::string_view host) {
  if (ns.targets_dirty) return;
  ns.dirty_hosts.emplace_back(host);
  queue(ns);
}

// The namespace and the service that a rule's host makes known.
void PolicyGraph::change_rule_scope(RuleNode* node, int by) {
  const std::string_view ns = namespace_of_host(node->host, settings_.cluster_domain);
  if (ns.empty()) return;
  if (by > 0) retain_namespace(ns);
  if (!is_wildcard(node->host)) {
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
  if (node->host.empty()) return;
  change_rule_scope(node, +1);
  foreign_hosts_.add_rule(node, settings_.cluster_domain);
  touch_host(node->host);
  if (rule.has_workload_selector()) return;
  rules_.add(node);
  mark_siblings(node);
  with_changed_modes_.push_back(node);  // findings elsewhere may quote it
  if (!is_mesh_wide(node->host, settings_.cluster_domain)) return;
  mesh_wide_.push_back(node);
  mark(mesh_policy());
}

void PolicyGraph::remove_rule(RuleNode* node) {
  if (node->host.empty()) return;
  foreign_hosts_.remove_rule(node, settings_.cluster_domain);
  if (node->siblings != nullptr) {
    mark_siblings(node);
    rules_.remove(node);
    if (std::erase(mesh_wide_, node) > 0) mark(mesh_policy());
  }
  std::erase(with_changed_modes_, node);
  touch_host(node->host);
  change_rule_scope(node, -1);
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
}

void PolicyGraph::change_workload(WorkloadNode* node, bool add) {
  NamespaceNode& ns = known(node->id.ns);
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
  for (PolicyNode* policy : ns.selector_policies) mark(policy);
  queue_targets(ns);
}

void PolicyGraph::change_namespace(ResourceNode* node, bool add) {
  if (!node->as<Namespace>().injection_disabled()) return;
  NamespaceNode& ns = known(node->id.name);
  ns.disabled_documents += add ? 1 : -1;
  queue_targets(ns);
}

void PolicyGraph::change_authorization(AuthorizationNode* node, bool add) {
  NamespaceNode& own = known(node->id.ns);
  if (!add) {
    std::erase(own.authorizations, node);
    std::erase(root_authorizations_, node);
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
      for (const std::string& host : ns->dirty_hosts) compute_host(*ns, host);
    }
  }
}

PolicyGraph::Changes PolicyGraph::flush() {
  targets_computed_ = 0;
  drop_unreferenced();
  compute_queued();
  for (NamespaceNode* ns : queue_) {
    if (ns->answers_dirty) resolve_namespace(*ns);
    ns->queued = ns->targets_dirty = ns->answers_dirty = false;
    ns->dirty_hosts.clear();
  }
  queue_.clear();
  for (PolicyNode* policy : policies_with_changed_modes_) resolve_policy(*policy);
  policies_with_changed_modes_.clear();
  if (mesh_resolutions_dirty_) resolve_mesh();
  mesh_resolutions_dirty_ = false;
  for (RuleNode* rule : with_changed_modes_) {
    for (const auto& client_config : rule->sources) evaluate_all(*client_config);
    if (!rule->narrower) continue;
    for (RuleNode* narrow : *rule->narrower) mark(narrow);
  }
  with_changed_modes_.clear();
  for (RuleNode* rule : foreign_hosts_.take_changed()) mark(rule);
  Changes changes;
  for (ResourceNode* node : std::exchange(dirty_, {})) {
    const Recheck recheck = std::exchange(node->recheck, Recheck::None);
    if (node->definitions.empty()) continue;
    (recheck == Recheck::Full ? changes.changed : changes.eased).push_back(node);
  }
  return changes;
}

}  // namespace workspace
