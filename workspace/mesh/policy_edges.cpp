// Answers who decides, and judges which edges fail (sections 3 and 6).
#include <algorithm>

#include "workspace/mesh/host_name.h"
#include "workspace/mesh/policy_graph.h"

namespace workspace {

std::vector<PolicyGraph::ChainLink> PolicyGraph::policy_chain(const NamespaceNode* ns, PolicyNode* workload,
                                                              std::uint32_t port) const {
  std::vector<ChainLink> policies;
  if (workload != nullptr) {
    const PeerAuthentication& policy = workload->policy();
    if (const PortMode* entry = port == 0 ? nullptr : policy.port(port)) {
      policies.push_back(
          {{workload, static_cast<std::int32_t>(entry - policy.port_level.data())}, entry->mode.mode});
    }
    policies.push_back({{workload, -1}, policy.mode.mode});
  }
  if (ns != nullptr && !is_root(ns->name) && !ns->plain_policies.empty()) {
    PolicyNode* policy = ns->plain_policies.front();
    policies.push_back({{policy, -1}, policy->policy().mode.mode});
  }
  if (PolicyNode* mesh = mesh_policy()) policies.push_back({{mesh, -1}, mesh->policy().mode.mode});
  return policies;
}

PolicyGraph::Resolution PolicyGraph::resolve(const NamespaceNode* ns, PolicyNode* workload,
                                             std::uint32_t port) const {
  for (const ChainLink& policy : policy_chain(ns, workload, port)) {
    if (policy.mode != MtlsMode::Unset) return {policy.site, policy.mode, is_root(policy.site.policy->id.ns)};
  }
  return {{}, MtlsMode::Permissive, true};
}

PolicyChain& PolicyGraph::unsure_chain(NamespaceNode& ns, PolicyNode* policy,
                                       const std::vector<PolicyNode*>& meant) {
  const auto [at, is_new] = ns.unsure_chains.try_emplace({policy, meant});
  PolicyChain& found = at->second;
  if (is_new) {
    found.ns = &ns;
    found.workload = policy;
    found.meant = {meant.begin(), meant.end()};
    re_resolve(found);
  }
  return found;
}

PolicyChain& PolicyGraph::chain(NamespaceNode& ns, PolicyNode* policy, std::uint32_t port) {
  if (policy == nullptr) {
    return is_root(ns.name) || ns.plain_policies.empty() ? mesh_chain_ : ns.chain;
  }
  if (policy->policy().port(port) == nullptr) port = 0;
  const auto [at, is_new] = ns.workload_chains.try_emplace({policy, port});
  PolicyChain& found = at->second;
  if (is_new) {
    found.ns = &ns;
    found.workload = policy;
    found.port = port;
    re_resolve(found);
  }
  return found;
}

void PolicyGraph::re_resolve(PolicyChain& chain) {
  const Resolution now = resolve(chain.ns, chain.workload, chain.port);
  const Resolution ns_now = chain.workload == nullptr ? now : resolve(chain.ns, nullptr, 0);
  const auto keep = [&chain](std::unordered_set<PolicyChain*>& set, bool in) {
    if (in) {
      set.insert(&chain);
    } else {
      set.erase(&chain);
    }
  };
  keep(fell_through_to_mesh_, now.fell_through_to_mesh);
  keep(in_mesh_mode_, chain.workload != nullptr && ns_now.fell_through_to_mesh);
  chain.fell_through_to_mesh = now.fell_through_to_mesh;
  const bool ns_changed = ns_now.site != chain.ns_site || ns_now.mode != chain.ns_mode;
  chain.ns_site = ns_now.site;
  chain.ns_mode = ns_now.mode;
  const bool site_changed = now.site != chain.site;
  const bool mode_changed = now.mode != chain.mode;
  if (!site_changed && !mode_changed && !ns_changed && chain.meant.empty()) return;
  PolicyNode* before = chain.site.policy;
  if (before != now.site.policy) {
    if (before != nullptr) std::erase(before->decides, &chain);
    if (now.site.policy != nullptr) now.site.policy->decides.push_back(&chain);
  }
  if (site_changed || mode_changed) {
    mark(before);
    mark(now.site.policy);
  }
  chain.site = now.site;
  chain.mode = now.mode;
  mark_bare(&chain);
  for (Edge* edge : chain.edges) {
    evaluate(*edge, site_changed || ns_changed);
    if (mode_changed && edge->client_config->kind == ClientConfigKind::Clause) {
      auto* rule = static_cast<RuleNode*>(edge->client_config->owner);
      if (rule->has_own_tls) mark(rule);  // MTLS0105
    }
  }
}

void PolicyGraph::resolve_namespace(NamespaceNode& ns) {
  re_resolve(ns.chain);
  for (auto& [key, chain] : ns.workload_chains) re_resolve(chain);
  for (auto& [key, chain] : ns.unsure_chains) re_resolve(chain);
}

// Only the chains that begin with it can say something else.
void PolicyGraph::resolve_policy(PolicyNode& policy) {
  NamespaceNode& ns = known(policy.id.ns);
  auto& chains = ns.workload_chains;
  for (auto at = chains.lower_bound({&policy, 0}); at != chains.end() && at->first.first == &policy; ++at) {
    re_resolve(at->second);
  }
  // Those of stand-ins ask which policies could be meant, too.
  for (auto& [key, chain] : ns.unsure_chains) re_resolve(chain);
}

void PolicyGraph::resolve_mesh() {
  re_resolve(mesh_chain_);
  const std::vector<PolicyChain*> chains(fell_through_to_mesh_.begin(), fell_through_to_mesh_.end());
  for (PolicyChain* chain : chains) re_resolve(*chain);
  const std::vector<PolicyChain*> others(in_mesh_mode_.begin(), in_mesh_mode_.end());
  for (PolicyChain* chain : others) re_resolve(*chain);
  for (RuleNode* rule : mesh_wide_) mark(rule);
  mark(mesh_policy());
}

Edge* PolicyGraph::acquire(ClientConfig& client_config, PolicyChain& chain) {
  const auto [at, is_new] = edges_.try_emplace({&client_config, &chain});
  Edge& edge = at->second;
  if (is_new) {
    edge.client_config = &client_config;
    edge.chain = &chain;
    edge.at_client = static_cast<std::uint32_t>(client_config.edges.size());
    edge.at_chain = static_cast<std::uint32_t>(chain.edges.size());
    client_config.edges.push_back(&edge);
    chain.edges.push_back(&edge);
    evaluate(edge, false);
  }
  return &edge;
}

void PolicyGraph::count(const EdgeUse& use, int by) {
  Edge& edge = *use.edge;
  edge.uses += static_cast<std::uint32_t>(by);
  for (std::size_t i = 0; i < kEdgeFlagCount; ++i) {
    if ((use.flags >> i & 1U) == 0) continue;
    const bool had = edge.flagged[i] > 0;
    edge.flagged[i] += static_cast<std::uint32_t>(by);
    if (had == (edge.flagged[i] > 0) || edge.failure == Failure::None) continue;
    mark(edge.client_config->owner);  // how grave it is changes
    mark(edge.chain->site.policy);
  }
}

void PolicyGraph::hold(const EdgeUse& use) { count(use, +1); }

void PolicyGraph::drop(const EdgeUse& use) {
  count(use, -1);
  Edge* edge = use.edge;
  if (edge->uses > 0) return;
  if (edge->failure != Failure::None) {
    mark_eased(edge->client_config->owner);
    mark_eased(edge->chain->site.policy);
  }
  auto& from = edge->client_config->edges;
  from[edge->at_client] = from.back();
  from[edge->at_client]->at_client = edge->at_client;
  from.pop_back();
  auto& to = edge->chain->edges;
  to[edge->at_chain] = to.back();
  to[edge->at_chain]->at_chain = edge->at_chain;
  to.pop_back();
  edges_.erase({edge->client_config, edge->chain});
}

Failure failure_of(std::optional<TlsMode> sends, bool wildcard, bool auto_mtls, MtlsMode mode) {
  if (!sends || sends == TlsMode::Invalid) {
    return !auto_mtls && mode == MtlsMode::Strict ? Failure::NoTlsToStrict : Failure::None;
  }
  switch (*sends) {
    case TlsMode::Disable:
    case TlsMode::Simple:
      return mode == MtlsMode::Strict ? Failure::PlaintextToStrict : Failure::None;
    case TlsMode::Mutual:
      // For one service the application may end TLS itself.
      if (!wildcard) return Failure::None;
      [[fallthrough]];
    default:
      return mode == MtlsMode::Disable ? Failure::MutualToDisable : Failure::None;
  }
}

namespace {

// The clause's mode, which exists.
TlsMode clause_mode(const ClientConfig& client) {
  return static_cast<const RuleNode*>(client.owner)->rule().tls(client.clause)->mode;
}

bool has_wildcard(const ClientConfig& client) {
  return is_wildcard(static_cast<const RuleNode*>(client.owner)->host);
}

// Section 4, steps 4 and 5, with auto mTLS on.
Failure failure_of_hidden(TlsMode hidden, MtlsMode mode, MtlsMode ns_mode) {
  if (hidden != TlsMode::IstioMutual) {
    return mode == MtlsMode::Strict ? Failure::PlaintextToStrict : Failure::None;
  }
  if (ns_mode == MtlsMode::Disable) {
    return mode == MtlsMode::Strict ? Failure::AutoPlaintextToStrict : Failure::None;
  }
  return mode == MtlsMode::Disable ? Failure::MutualToDisable : Failure::None;
}

// Whether a policy in `mode` would let a call through that fails so.
bool would_work(Failure failure, MtlsMode mode) {
  switch (failure) {
    case Failure::PlaintextToStrict:
    case Failure::NoTlsToStrict:
    case Failure::AutoPlaintextToStrict:
    case Failure::HeadlessPlaintextToStrict:
      return mode == MtlsMode::Disable || mode == MtlsMode::Permissive;
    case Failure::MutualToDisable:
    case Failure::HeadlessMutualToDisable:
      return mode == MtlsMode::Strict || mode == MtlsMode::Permissive;
    default:
      return false;
  }
}

}  // namespace

Failure failure_of(const ClientConfig& client, MtlsMode mode, MtlsMode ns_mode) {
  const bool strict = mode == MtlsMode::Strict;
  switch (client.kind) {
    case ClientConfigKind::Clause:
      return failure_of(clause_mode(client), has_wildcard(client), false, mode);
    case ClientConfigKind::HiddenClause:
      return failure_of_hidden(clause_mode(client), mode, ns_mode);
    case ClientConfigKind::NoClause:
      return strict ? Failure::NoTlsToStrict : Failure::None;
    case ClientConfigKind::AutoMtls:
      return strict && ns_mode == MtlsMode::Disable ? Failure::AutoPlaintextToStrict : Failure::None;
    case ClientConfigKind::Headless:
      if (ns_mode == MtlsMode::Disable) return strict ? Failure::AutoPlaintextToStrict : Failure::None;
      if (!client.outsiders.empty()) return strict ? Failure::HeadlessPlaintextToStrict : Failure::None;
      return mode == MtlsMode::Disable ? Failure::HeadlessMutualToDisable : Failure::None;
    case ClientConfigKind::Authorization:
      return mode == MtlsMode::Disable ? Failure::IdentityWithoutMtls : Failure::None;
    case ClientConfigKind::Ambient:
      return mode == MtlsMode::Disable ? Failure::DisableInAmbient : Failure::None;
    case ClientConfigKind::Caller:
      return strict ? Failure::CallerRefused : Failure::None;
  }
  return Failure::None;
}

Sent sent_by(const ClientConfig& client, MtlsMode mode, MtlsMode ns_mode) {
  switch (client.kind) {
    case ClientConfigKind::Clause:
      switch (clause_mode(client)) {
        case TlsMode::Simple:
          return Sent::Simple;
        case TlsMode::Mutual:
          return Sent::Mutual;
        case TlsMode::IstioMutual:
          return Sent::MeshMtls;
        default:
          return Sent::Plaintext;
      }
    case ClientConfigKind::HiddenClause:
      return clause_mode(client) == TlsMode::IstioMutual && ns_mode != MtlsMode::Disable ? Sent::MeshMtls
                                                                                         : Sent::Plaintext;
    case ClientConfigKind::AutoMtls:
      return ns_mode != MtlsMode::Disable && mode != MtlsMode::Disable ? Sent::MeshMtls : Sent::Plaintext;
    case ClientConfigKind::Headless:
      return ns_mode != MtlsMode::Disable && client.outsiders.empty() ? Sent::MeshMtls : Sent::Plaintext;
    default:
      return Sent::Plaintext;
  }
}

Failure PolicyGraph::failure(const Edge& edge) const {
  const PolicyChain& chain = *edge.chain;
  const Failure failure = failure_of(*edge.client_config, chain.mode, chain.ns_mode);
  const bool excused = failure != Failure::None &&
                       std::any_of(chain.meant.begin(), chain.meant.end(), [&](const PolicyNode* policy) {
                         return would_work(failure, policy->policy().mode.mode);
                       });
  return excused ? Failure::None : failure;
}

void PolicyGraph::evaluate(Edge& edge, bool site_changed) {
  evaluate_identity(edge);
  const Failure now = failure(edge);
  const bool was_failing = edge.failure != Failure::None;
  const bool changed = now != edge.failure || (site_changed && was_failing);
  edge.failure = now;
  if (!changed) return;
  if (now == Failure::None) {
    mark_eased(edge.client_config->owner);
    mark_eased(edge.chain->site.policy);
  } else {
    mark(edge.client_config->owner);
    mark(edge.chain->site.policy);
  }
}

void PolicyGraph::evaluate_all(const ClientConfig& client_config) {
  for (Edge* edge : client_config.edges) {
    evaluate(*edge, false);
    if (edge->failure != Failure::None)
      mark_eased(edge->chain->site.policy);  // its finding quotes the clause
  }
}

void PolicyGraph::add_shadow(RuleNode* narrow, RuleNode* wide) {
  if (!narrow->wider) narrow->wider = std::map<RuleNode*, std::uint32_t>();
  if (++(*narrow->wider)[wide] > 1) return;
  if (!wide->narrower) wide->narrower = std::set<RuleNode*>();
  wide->narrower->insert(narrow);
  mark(narrow);
}

void PolicyGraph::drop_shadow(RuleNode* narrow, RuleNode* wide) {
  const auto at = narrow->wider->find(wide);
  if (--at->second > 0) return;
  narrow->wider->erase(at);
  if (narrow->wider->empty()) narrow->wider = {};
  wide->narrower->erase(narrow);
  if (wide->narrower->empty()) wide->narrower = {};
  mark(narrow);
}

// Takes a decider that goes away out of the lists that name it.
void PolicyGraph::forget(PolicyChain& chain) {
  fell_through_to_mesh_.erase(&chain);
  in_mesh_mode_.erase(&chain);
  if (chain.site.policy != nullptr) std::erase(chain.site.policy->decides, &chain);
}

void PolicyGraph::remove_namespace(NamespaceNode& ns) {
  release(ns.undocumented);
  release(ns.ambient);
  set_clients(ns);  // it has no workloads any more
  release_callers(ns);
  for (auto& [host, target] : ns.targets) release(target);
  for (AuthorizationNode* node : root_authorizations_) release_authorization(*node, ns);
  for (const auto& scope : ns.scopes) {
    for (AuthorizationNode* node : scope->nodes) node->scopes.erase(&ns);
  }
  forget(ns.chain);
  for (auto& [key, chain] : ns.workload_chains) forget(chain);
  for (auto& [key, chain] : ns.unsure_chains) forget(chain);
  if (last_known_ == &ns) last_known_ = nullptr;
  namespaces_.erase(namespaces_.find(ns.name));
}

}  // namespace workspace
