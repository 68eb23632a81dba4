#include "checks/queries/peers.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "workspace/mesh/host_name.h"

namespace checks {

namespace {

using workspace::ClientConfigKind;
using workspace::Edge;
using workspace::MtlsMode;
using workspace::NamespaceNode;
using workspace::PolicyChain;
using workspace::PolicyField;
using workspace::PolicyGraph;
using workspace::PolicyNode;
using workspace::RuleNode;
using workspace::TlsMode;
using workspace::WorkloadNode;

// Ends of calls, each once, failing if any call with it fails.
class Collector {
 public:
  explicit Collector(PeerList& peers) : meetings_(peers) {}

  // False: enough was looked at.
  bool add(const FieldRef& site, std::string_view mode, bool fails) {
    if (++looked_at_ > kMaxLookedAt) {
      meetings_.complete = false;
      return false;
    }
    const auto [at, is_new] = known_.try_emplace({site.node, site.entry, site.clause}, all_.size());
    if (is_new) {
      all_.push_back({site, mode, fails});
    } else {
      all_[at->second].fails |= fails;
    }
    return true;
  }

  void finish() {
    meetings_.total = all_.size();
    meetings_.failing = static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [](const Peer& peer) { return peer.fails; }));
    const auto shown = static_cast<std::ptrdiff_t>(std::min(all_.size(), kMaxListed));
    std::partial_sort(all_.begin(), all_.begin() + shown, all_.end(), comes_first);
    all_.resize(static_cast<std::size_t>(shown));
    meetings_.list = std::move(all_);
  }

 private:
  static bool comes_first(const Peer& a, const Peer& b) {
    if (a.fails != b.fails) return a.fails;
    if (a.site.node == nullptr || b.site.node == nullptr)
      return a.site.node != nullptr && b.site.node == nullptr;
    return before(a.site, b.site);
  }

  PeerList& meetings_;
  std::size_t looked_at_ = 0;
  std::vector<Peer> all_;
  std::map<std::tuple<const void*, std::int32_t, workspace::ClauseRef>, std::size_t> known_;
};

bool is_mesh_policy(const PolicyGraph& graph, const PolicyField& site) {
  return graph.is_root(site.policy->id.ns) && !site.policy->policy().has_selector();
}

const workspace::PortMode& port_of(const PolicyField& site) {
  return site.policy->policy().port_level[static_cast<std::size_t>(site.port)];
}

// Of a workload policy: those that ask this field first, or after a port that says nothing.
void add_workload_deciders(const NamespaceNode& ns, const PolicyField& site,
                           std::vector<const PolicyChain*>& found) {
  for (auto at = ns.workload_chains.lower_bound({site.policy, 0});
       at != ns.workload_chains.end() && at->first.first == site.policy; ++at) {
    const workspace::PortMode* port = site.policy->policy().port(at->second.port);
    const bool port_says = at->second.port != 0 && port != nullptr && port->mode.mode != MtlsMode::Unset;
    const bool asks = site.port < 0 ? !port_says : port == &port_of(site);
    if (asks) found.push_back(&at->second);
  }
}

// Does a workload policy leave it to the namespace's?
bool says_nothing(const PolicyChain& chain) {
  const workspace::PeerAuthentication& policy = chain.workload->policy();
  const workspace::PortMode* port = chain.port == 0 ? nullptr : policy.port(chain.port);
  return policy.mode.mode == MtlsMode::Unset && (port == nullptr || port->mode.mode == MtlsMode::Unset);
}

// Those that this field answers, or would answer if it said something.
std::vector<const PolicyChain*> deciders_of(const PolicyGraph& graph, const PolicyField& site) {
  std::vector<const PolicyChain*> found;
  if (reach_of(graph, site).no_effect != NoEffect::No) return found;
  if (is_mesh_policy(graph, site)) {
    found.assign(graph.fell_through_to_mesh().begin(), graph.fell_through_to_mesh().end());
    return found;
  }
  const NamespaceNode& ns = *graph.find_namespace(site.policy->id.ns);
  if (site.policy->policy().has_selector()) {
    add_workload_deciders(ns, site, found);
    return found;
  }
  found.push_back(&ns.chain);
  for (const auto& [key, chain] : ns.workload_chains) {
    if (says_nothing(chain)) found.push_back(&chain);
  }
  return found;
}

std::string_view sent(const workspace::ClientConfig& client_config) {
  switch (client_config.kind) {
    case ClientConfigKind::Clause:
    case ClientConfigKind::HiddenClause:
      return workspace::mode_name(
          static_cast<const RuleNode*>(client_config.owner)->rule().tls(client_config.clause)->mode);
    case ClientConfigKind::NoClause:
      return "plaintext";
    default:
      return "auto mTLS";
  }
}

FieldRef client_site(const workspace::ClientConfig& client_config) {
  return client_config.has_clause() ? tls_of(client_config.owner, client_config.clause) : FieldRef{};
}

}  // namespace

std::string_view describe(MtlsMode mode) {
  switch (mode) {
    case MtlsMode::Unset:
      return "says nothing, so the next less specific policy decides";
    case MtlsMode::Disable:
      return "servers accept plaintext only";
    case MtlsMode::Permissive:
      return "servers accept mTLS and plaintext";
    case MtlsMode::Strict:
      return "servers accept mTLS only and refuse plaintext";
  }
  return "";
}

std::string_view describe(TlsMode mode) {
  switch (mode) {
    case TlsMode::Disable:
      return "clients send plaintext";
    case TlsMode::Simple:
      return "clients send TLS without a certificate of their own, which is not mTLS";
    case TlsMode::Mutual:
      return "clients send mTLS with certificates that the rule names";
    case TlsMode::IstioMutual:
      return "clients send mTLS with Istio's certificates";
    case TlsMode::Invalid:
      return "no such mode, so the rule says nothing about TLS";
  }
  return "";
}

std::vector<const workspace::ResourceNode*> resources_in(const workspace::Mesh& mesh, const std::string& file,
                                                         workspace::ByteRange range) {
  std::vector<const workspace::ResourceNode*> found;
  const auto add = [&found](const workspace::DocumentEntry& document) {
    for (std::uint32_t i = 0; i < document.resources.size(); ++i) {
      const workspace::Definition& counting = document.resources[i]->definitions.front();
      if (counting.document == &document && counting.index == i) found.push_back(document.resources[i]);
    }
  };
  if (const workspace::FileEntry* entry = mesh.file(file)) {
    for (const auto& document : entry->documents) {
      const workspace::DocumentState& state = entry->facts->documents[document->ordinal];
      if (state.begin <= range.end && range.begin <= state.begin + state.size) add(*document);
    }
  }
  for (const workspace::FileEntry* build : mesh.builds_from(file)) {
    const workspace::BuildOrigin& origin = *build->facts->origin;
    for (const auto& document : build->documents) {
      if (origin.has_values_in(document->ordinal, file, range)) add(*document);
    }
  }
  return found;
}

PolicyField site_of(const PolicyGraph& graph, const PolicyNode& policy, std::int32_t port) {
  const NamespaceNode& ns = *graph.find_namespace(policy.id.ns);
  const auto& list = policy.policy().has_selector() ? ns.selector_policies : ns.plain_policies;
  return {*std::find(list.begin(), list.end(), &policy), port};
}

PeerList clients_of(const PolicyGraph& graph, const PolicyField& site, MtlsMode mode) {
  PeerList peers;
  Collector collector(peers);
  const auto add = [&](const Edge& edge) {
    const workspace::ClientConfig& client_config = *edge.client_config;
    const bool calls = client_config.kind != ClientConfigKind::Authorization &&
                       client_config.kind != ClientConfigKind::Ambient &&
                       client_config.kind != ClientConfigKind::Caller;
    if (!calls) return true;
    // With auto mTLS the namespace mode is what this field says, if it is that of a whole namespace.
    const MtlsMode ns_mode = site.policy->policy().has_selector() ? edge.chain->ns_mode : mode;
    const bool fails = workspace::failure_of(client_config, mode, ns_mode) != workspace::Failure::None;
    return collector.add(client_site(client_config), sent(client_config), fails);
  };
  for (const PolicyChain* chain : deciders_of(graph, site)) {
    const bool all =
        std::all_of(chain->edges.begin(), chain->edges.end(), [&](const Edge* edge) { return add(*edge); });
    if (!all) break;
  }
  collector.finish();
  return peers;
}

PeerList servers_of(const PolicyGraph& graph, const RuleNode& rule, workspace::ClauseRef clause,
                    TlsMode sends) {
  PeerList peers;
  Collector collector(peers);
  const workspace::ClientConfig* client_config = rule.client_config(clause);
  if (client_config == nullptr) return peers;
  const bool wildcard = workspace::is_wildcard(rule.host);
  for (const Edge* edge : client_config->edges) {
    const PolicyChain& chain = *edge->chain;
    const auto failure =
        workspace::failure_of(sends, wildcard, graph.settings().enable_auto_mtls, chain.mode);
    const FieldRef site = chain.site.policy == nullptr ? FieldRef{} : mode_of(chain.site);
    if (!collector.add(site, workspace::mode_name(chain.mode), failure != workspace::Failure::None)) break;
  }
  collector.finish();
  return peers;
}

// ---------------------------------------------------------------- policies

namespace {

NoEffect effect_of(const PolicyGraph& graph, const PolicyField& site, const PolicyNode** is_older) {
  const workspace::PeerAuthentication& policy = site.policy->policy();
  const NamespaceNode& ns = *graph.find_namespace(site.policy->id.ns);
  if (policy.has_selector() && graph.is_root(ns.name)) return NoEffect::SelectorInRoot;
  if (site.port >= 0 && !policy.has_selector()) return NoEffect::PortsNoSelector;
  if (site.port >= 0 && !port_of(site).port) return NoEffect::PortIsNoNumber;
  *is_older = policy.has_selector() ? graph.workload_policy(ns, policy.selector) : ns.plain_policies.front();
  return *is_older == site.policy ? NoEffect::No : NoEffect::Older;
}

// The fields that are asked after this one and say something.
std::vector<PolicyGraph::ChainLink> links_below(const PolicyGraph& graph, const PolicyField& site) {
  const NamespaceNode* ns = graph.find_namespace(site.policy->id.ns);
  const bool selects = site.policy->policy().has_selector();
  const std::uint32_t port = site.port < 0 ? 0 : port_of(site).port.value_or(0);
  auto links = graph.policy_chain(ns, selects ? site.policy : nullptr, port);
  const auto own =
      std::find_if(links.begin(), links.end(), [&](const auto& each) { return each.site == site; });
  if (own != links.end()) links.erase(links.begin(), own + 1);
  std::erase_if(links, [](const auto& each) { return each.mode == MtlsMode::Unset; });
  return links;
}

void count_namespaces(const PolicyGraph& graph, PolicyReach& reach) {
  for (const auto& [name, ns] : graph.namespaces()) {
    if (name == workspace::kUndocumented) continue;
    const bool own = !graph.is_root(name) && !ns->plain_policies.empty() &&
                     ns->plain_policies.front()->policy().mode.mode != MtlsMode::Unset;
    (own ? reach.exceptions : reach.namespaces) += 1;
  }
}

void sort_and_cut(std::vector<const WorkloadNode*>& workloads) {
  const auto shown = static_cast<std::ptrdiff_t>(std::min(workloads.size(), kMaxListed));
  std::partial_sort(workloads.begin(), workloads.begin() + shown, workloads.end(),
                    [](const WorkloadNode* a, const WorkloadNode* b) {
                      return std::tie(a->id.name, a->id.kind) < std::tie(b->id.name, b->id.kind);
                    });
  workloads.resize(static_cast<std::size_t>(shown));
}

// Does a workload's mode, port levels aside, come from this policy?
bool concerns(const PolicyGraph& graph, const NamespaceNode& ns, const PolicyNode& policy,
              const WorkloadNode& workload) {
  const PolicyNode* chosen = graph.workload_policy(ns, workload);
  if (policy.policy().has_selector()) return chosen == &policy;
  return chosen == nullptr || chosen->policy().mode.mode == MtlsMode::Unset;
}

void count_workloads(const PolicyGraph& graph, const PolicyNode& policy, PolicyReach& reach) {
  const NamespaceNode& ns = *graph.find_namespace(policy.id.ns);
  const std::vector<WorkloadNode*> candidates =
      policy.policy().has_selector() ? graph.matching_workloads(ns, policy.policy().selector) : ns.workloads;
  const std::size_t looked_at = std::min(candidates.size(), kMaxLookedAt);
  reach.complete = looked_at == candidates.size();
  for (std::size_t i = 0; i < looked_at; ++i) {
    const WorkloadNode& workload = *candidates[i];
    if (!workspace::is_sidecar(graph.proxy_of(ns, &workload).proxy)) continue;
    if (concerns(graph, ns, policy, workload)) reach.workloads.push_back(&workload);
  }
  reach.workload_count = reach.workloads.size();
  sort_and_cut(reach.workloads);
}

}  // namespace

PolicyReach reach_of(const PolicyGraph& graph, const PolicyField& site) {
  PolicyReach reach;
  const PolicyNode* older = nullptr;
  reach.no_effect = effect_of(graph, site, &older);
  if (reach.no_effect == NoEffect::Older) reach.older = older;
  if (reach.no_effect != NoEffect::No) return reach;
  reach.mesh_wide = is_mesh_policy(graph, site);
  reach.below = links_below(graph, site);
  if (reach.mesh_wide) {
    count_namespaces(graph, reach);
    return reach;
  }
  const NamespaceNode& ns = *graph.find_namespace(site.policy->id.ns);
  count_workloads(graph, *site.policy, reach);
  if (!site.policy->policy().has_selector()) reach.exceptions = ns.selector_policies.size();
  return reach;
}

// ---------------------------------------------------------------- hosts

HostMeaning meaning_of(const PolicyGraph& graph, const RuleNode& rule) {
  const std::string& domain = graph.settings().cluster_domain;
  HostMeaning meaning{HostScope::External, rule.host.str(), nullptr, nullptr};
  if (rule.host.empty()) {
    meaning.scope = HostScope::Nothing;
    return meaning;
  }
  if (workspace::is_mesh_wide(rule.host, domain)) {
    meaning.scope = HostScope::Mesh;
    return meaning;
  }
  const std::string_view ns = workspace::namespace_of_host(rule.host, domain);
  if (ns.empty()) return meaning;
  meaning.ns = graph.find_namespace(ns);
  if (!workspace::is_wildcard(rule.host)) {
    meaning.scope = HostScope::Service;
    if (meaning.ns == nullptr) return meaning;
    const auto service = meaning.ns->services.find(rule.host);
    if (service != meaning.ns->services.end()) meaning.service = service->second;
    return meaning;
  }
  const bool whole = rule.host == workspace::service_host("*", ns, domain);
  meaning.scope = whole ? HostScope::Namespace : HostScope::Services;
  return meaning;
}

std::vector<RuleChoice> rules_for(const PolicyGraph& graph, const NamespaceNode& ns, std::string_view host) {
  const auto entries = graph.rules().matching(host, false);
  std::map<const workspace::RuleGroup*, std::size_t> known;
  std::vector<RuleChoice> choices;
  for (const std::string_view client : graph.rules().client_classes(entries, ns.name)) {
    const workspace::RuleGroup* group = graph.rules().lookup(entries, {client}, ns.name);
    const auto [at, is_new] = known.try_emplace(group, choices.size());
    if (is_new) {
      choices.emplace_back();
      if (group != nullptr) choices.back().rules.assign(group->rules.begin(), group->rules.end());
    }
    RuleChoice& choice = choices[at->second];
    if (client == workspace::kUndocumented) {
      choice.all_others = true;
    } else {
      choice.clients.emplace_back(client);
    }
  }
  for (RuleChoice& choice : choices) {
    if (choice.all_others) choice.clients.clear();
  }
  return choices;
}

// ---------------------------------------------------------------- workloads

WorkloadOutlook outlook_of(const PolicyGraph& graph, const WorkloadNode& node) {
  const NamespaceNode& ns = *graph.find_namespace(node.id.ns);
  WorkloadOutlook outlook;
  outlook.proxy = graph.proxy_of(ns, &node);
  if (!graph.is_root(ns.name)) {
    for (const PolicyNode* policy : ns.selector_policies) {
      if (graph.selects(policy->policy().selector, ns, node)) outlook.selected_by.push_back(policy);
    }
  }
  PolicyNode* policy = graph.workload_policy(ns, node);
  const auto add = [&](std::optional<std::uint32_t> port) {
    auto links = graph.policy_chain(&ns, policy, port.value_or(0));
    std::erase_if(links, [](const auto& each) { return each.mode == MtlsMode::Unset; });
    outlook.ports.push_back({port, std::move(links)});
  };
  if (policy != nullptr) {
    for (const workspace::PortMode& entry : policy->policy().port_level) {
      if (entry.port && entry.mode.mode != MtlsMode::Unset) add(entry.port);
    }
  }
  add(std::nullopt);
  return outlook;
}

}  // namespace checks
