#include "checks/queries/references.h"

#include <algorithm>
#include <set>
#include <utility>

#include "workspace/mesh/host_name.h"
#include "workspace/resources/kinds.h"

namespace checks {

namespace {

using workspace::AuthorizationNode;
using workspace::ClauseRef;
using workspace::ClientConfig;
using workspace::Edge;
using workspace::Kind;
using workspace::Labels;
using workspace::NamespaceNode;
using workspace::node_cast;
using workspace::PolicyField;
using workspace::PolicyGraph;
using workspace::PolicyNode;
using workspace::ResourceNode;
using workspace::RuleNode;
using workspace::ServiceNode;
using workspace::TargetView;
using workspace::WorkloadNode;

constexpr std::size_t kMaxVisited = 20000;

const Labels& labels_of(const WorkloadNode* workload) { return workload->workload().labels; }

class Finder {
 public:
  explicit Finder(const workspace::Mesh& mesh) : graph_(mesh.graph()) {}

  std::vector<FieldRef> take() {
    std::sort(found_.begin(), found_.end(), before);
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    if (found_.size() > kMaxReferences) found_.resize(kMaxReferences);
    return std::move(found_);
  }

  void name(const ResourceNode* node) { found_.push_back(name_of(node)); }

  // ---- services

  [[nodiscard]] std::string host_of_service(const ResourceNode* service) const {
    return workspace::service_host(service->id.name, service->id.ns, graph_.settings().cluster_domain);
  }

  void services(std::string_view host) {
    if (host.empty()) return;
    const auto add = [&](const NamespaceNode& ns) {
      if (!workspace::is_wildcard(host)) {
        const auto at = ns.services.find(host);
        if (at != ns.services.end()) name(at->second);
        return;
      }
      for (const auto& [own, service] : ns.services) {
        if (full()) return;
        if (workspace::host_matches(host, own)) name(service);
      }
    };
    const auto ns = workspace::namespace_of_host(host, graph_.settings().cluster_domain);
    if (!ns.empty()) return with(graph_.find_namespace(ns), add);
    if (!workspace::is_wildcard(host)) return;
    for (const auto& [own, node] : graph_.namespaces()) add(*node);
  }

  void rules(const workspace::HostEntry* entry) {
    if (entry == nullptr) return;
    for (const auto& rules : entry->by_namespace) {
      for (const RuleNode* rule : rules->rules) found_.push_back(host_of(rule));
    }
  }

  void rules_for(std::string_view host) {
    for (const workspace::HostEntry* entry : graph_.rules().matching(host, false)) rules(entry);
  }

  void rules_of(const RuleNode& rule) {
    found_.push_back(host_of(&rule));
    if (!rule.host.empty()) rules(graph_.rules().find(rule.host));
  }

  // The policies that decide for whoever answers calls to a host that is no wildcard.
  void policies_for(std::string_view host) {
    NamespaceNode* ns = namespace_of(host);
    if (ns == nullptr) return;
    for (const PolicyField& site : chains(*ns, host)) policy(site);
  }

  // The policies that a rule's clauses meet.
  void policies_met(const RuleNode& rule) {
    for (const auto& client_config : rule.sources) policies_met(*client_config);
  }
  void policies_met(const RuleNode& rule, ClauseRef clause) {
    if (const ClientConfig* client_config = rule.client_config(clause)) policies_met(*client_config);
  }

  // ---- workloads

  void workloads(std::string_view ns, const Labels& selector) {
    if (selector.empty()) return;
    with(graph_.find_namespace(ns), [&](const NamespaceNode& node) { workloads(node, selector); });
  }

  // Those that a resource's selector selects.
  void workloads_of(const ResourceNode& node) {
    const Labels* selector = workspace::pod_selector(node.resource());
    if (selector == nullptr || selector->empty()) return;
    const bool everywhere = node.id.kind == Kind::Gateway ||
                            (node_cast<AuthorizationNode>(&node) != nullptr && graph_.is_root(node.id.ns));
    if (!everywhere) return workloads(node.id.ns, *selector);
    for (const auto& [name, ns] : graph_.namespaces()) workloads(*ns, *selector);
  }

  // The pods of a rule's host that carry a subset's labels.
  void subset(const RuleNode& rule, std::int32_t index) {
    const auto& subsets = rule.rule().subsets;
    const auto at =
        std::find_if(subsets.begin(), subsets.end(), [&](const auto& s) { return s.index == index; });
    NamespaceNode* ns = namespace_of(rule.host);
    if (ns == nullptr || at == subsets.end() || at->labels.empty() || workspace::is_wildcard(rule.host))
      return;
    const TargetView view = graph_.view_of(*ns, rule.host);
    if (!view.selects()) return workloads(*ns, at->labels);
    for (const WorkloadNode* workload : view.matching) {
      if (workspace::is_subset(at->labels, labels_of(workload))) name(workload);
    }
  }

  void selected_by(const WorkloadNode& workload) {
    const NamespaceNode* ns = graph_.find_namespace(workload.id.ns);
    if (ns == nullptr) return;
    const Labels& labels = labels_of(&workload);
    const auto selects = [&](const Labels& selector) {
      return !selector.empty() && workspace::is_subset(selector, labels);
    };
    for (const auto& [host, service] : ns->services) {
      if (selects(service->service().selector)) name(service);
    }
    for (const PolicyNode* policy : ns->selector_policies) {
      if (!graph_.is_root(ns->name) && selects(policy->policy().selector)) name(policy);
    }
    for (const AuthorizationNode* node : ns->authorizations) {
      if (selects(node->policy().selector)) name(node);
    }
  }

  // ---- policies

  // What the policy's site decides (null: any of its sites).
  void decided_by(const PolicyNode& policy, const std::int32_t* entry) {
    const auto is_it = [&](const PolicyField& site) {
      return site.policy == &policy && (entry == nullptr || site.port == *entry);
    };
    for (const workspace::PolicyChain* chain : policy.decides) {
      if (is_it(chain->site)) rules_meeting(*chain);
    }
    const auto look = [&](NamespaceNode& ns) { decided_in(ns, policy, is_it); };
    const auto own = graph_.namespaces().find(policy.id.ns);
    if (!graph_.is_root(policy.id.ns)) {
      if (own != graph_.namespaces().end()) look(*own->second);
      return;
    }
    for (const auto& [name, ns] : graph_.namespaces()) look(*ns);
  }

 private:
  [[nodiscard]] bool full() const { return found_.size() >= kMaxReferences || visited_ >= kMaxVisited; }

  template <class F>
  void with(const NamespaceNode* ns, const F& use) {
    if (ns != nullptr) use(*ns);
  }

  [[nodiscard]] NamespaceNode* namespace_of(std::string_view host) const {
    const auto name = workspace::namespace_of_host(host, graph_.settings().cluster_domain);
    const auto at = graph_.namespaces().find(name);
    return name.empty() || at == graph_.namespaces().end() ? nullptr : at->second.get();
  }

  void policy(const PolicyField& site) {
    if (site.policy != nullptr) found_.push_back(mode_of(site));
  }

  void workloads(const NamespaceNode& ns, const Labels& selector) {
    for (const WorkloadNode* workload : graph_.matching_workloads(ns, selector)) {
      if (full()) return;
      name(workload);
    }
  }

  [[nodiscard]] std::vector<PolicyField> chains(NamespaceNode& ns, std::string_view host) const {
    const TargetView view = graph_.view_of(ns, host);
    std::set<std::pair<PolicyNode*, std::uint32_t>> asked;
    for (const workspace::Server& server : graph_.servers(view, nullptr)) {
      for (const std::uint32_t port : workspace::call_ports(view.service, nullptr)) {
        const auto at = workspace::workload_port(view.service, server.workload, port);
        if (at) asked.emplace(server.policy, *at);
      }
    }
    std::vector<PolicyField> sites;
    sites.reserve(asked.size());
    for (const auto& [workload, port] : asked) sites.push_back(graph_.resolve(&ns, workload, port).site);
    return sites;
  }

  void policies_met(const ClientConfig& client_config) {
    for (const Edge* edge : client_config.edges) {
      if (full()) return;
      policy(edge->chain->site);
    }
  }

  void rules_meeting(const workspace::PolicyChain& chain) {
    for (const Edge* edge : chain.edges) {
      if (full()) return;
      const ClientConfig& client_config = *edge->client_config;
      if (client_config.has_clause()) found_.push_back(tls_of(client_config.owner, client_config.clause));
      if (client_config.kind == workspace::ClientConfigKind::Authorization) name(client_config.owner);
    }
  }

  template <class IsIt>
  void decided_in(NamespaceNode& ns, const PolicyNode& policy, const IsIt& is_it) {
    const bool selects = policy.policy().has_selector();
    for (const WorkloadNode* workload :
         selects ? graph_.matching_workloads(ns, policy.policy().selector) : ns.workloads) {
      ++visited_;
      if (full()) return;
      if (!workspace::is_sidecar(graph_.proxy_of(ns, workload).proxy)) continue;
      PolicyNode* chosen = graph_.workload_policy(ns, *workload);
      if (decides_some_port(ns, chosen, is_it)) name(workload);
    }
    for (const auto& [host, service] : ns.services) {
      ++visited_;
      if (full()) return;
      const auto sites = chains(ns, host);
      if (std::any_of(sites.begin(), sites.end(), is_it)) name(service);
    }
  }

  template <class IsIt>
  bool decides_some_port(const NamespaceNode& ns, PolicyNode* chosen, const IsIt& is_it) const {
    if (is_it(graph_.resolve(&ns, chosen, 0).site)) return true;
    if (chosen == nullptr) return false;
    const auto& ports = chosen->policy().port_level;
    return std::any_of(ports.begin(), ports.end(), [&](const workspace::PortMode& port) {
      return port.port && is_it(graph_.resolve(&ns, chosen, *port.port).site);
    });
  }

  const PolicyGraph& graph_;
  std::vector<FieldRef> found_;
  std::size_t visited_ = 0;
};

void add_references(Finder& finder, const Element& element) {
  const ResourceNode* node = element.node;
  if (const auto* rule = node_cast<RuleNode>(node)) {
    if (element.kind == ElementKind::Tls) return finder.policies_met(*rule, element.clause);
    finder.rules_of(*rule);
    return workspace::is_wildcard(rule->host) ? finder.policies_met(*rule) : finder.policies_for(rule->host);
  }
  if (node_cast<ServiceNode>(node) != nullptr) {
    const std::string host = finder.host_of_service(node);
    finder.rules_for(host);
    finder.policies_for(host);
    return finder.workloads_of(*node);
  }
  if (const auto* workload = node_cast<WorkloadNode>(node)) return finder.selected_by(*workload);
  if (const auto* policy = node_cast<PolicyNode>(node)) {
    const bool one = element.kind == ElementKind::Mode || element.kind == ElementKind::PolicyPort;
    return finder.decided_by(*policy, one ? &element.entry : nullptr);
  }
  finder.workloads_of(*node);
}

// Only the definition that counts takes part in the graph.
bool counts(const Element& element) {
  return element.definition == 0 && element.kind != ElementKind::Namespace &&
         element.kind != ElementKind::Export;
}

}  // namespace

std::vector<FieldRef> definitions(const workspace::Mesh& mesh, const Element& element) {
  Finder finder(mesh);
  const auto* rule = node_cast<RuleNode>(element.node);
  switch (element.kind) {
    case ElementKind::Host:
      if (rule != nullptr) finder.services(rule->host);
      break;
    case ElementKind::SubsetName:
    case ElementKind::SubsetLabel:
      if (rule != nullptr) finder.subset(*rule, element.clause.subset);
      break;
    case ElementKind::SelectorLabel:
      finder.workloads_of(*element.node);
      break;
    case ElementKind::Namespace:
    case ElementKind::Export:
      if (const auto* node = mesh.find({Kind::Namespace, {}, element.value})) finder.name(node);
      break;
    case ElementKind::Name:
      finder.name(element.node);
      break;
    default:
      break;
  }
  return finder.take();
}

std::vector<FieldRef> references(const workspace::Mesh& mesh, const Element& element) {
  Finder finder(mesh);
  if (counts(element)) add_references(finder, element);
  return finder.take();
}

std::vector<FieldRef> declarations(const workspace::Mesh& mesh, const Element& element) {
  Finder finder(mesh);
  if (!counts(element)) return {};
  if (const auto* rule = node_cast<RuleNode>(element.node)) {
    finder.services(rule->host);
  } else {
    finder.name(element.node);
  }
  return finder.take();
}

}  // namespace checks
