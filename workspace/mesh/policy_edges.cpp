// Answers who decides, and judges which edges fail (sections 3 and 6).
#include <algorithm>

#include "workspace/host_name.h"
#include "workspace/policy_graph.h"

namespace workspace {

std::vector<PolicyGraph::Asked> PolicyGraph::asked(const NamespaceNode* ns, PolicyNode* workload,
                                                   std::uint32_t port) const {
  std::vector<Asked> policies;
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

PolicyGraph::Answer PolicyGraph::answer(const NamespaceNode* ns, PolicyNode* workload,
                                        std::uint32_t port) const {
  for (const Asked& policy : asked(ns, workload, port)) {
    if (policy.mode != MtlsMode::Unset) return {policy.site, policy.mode, is_root(policy.site.policy->id.ns)};
  }
  return {{}, MtlsMode::Permissive, true};
}

Decider& PolicyGraph::decider(NamespaceNode& ns, PolicyNode* policy, std::uint32_t port) {
  if (policy == nullptr) {
    return is_root(ns.name) || ns.plain_policies.empty() ? mesh_decider_ : ns.decider;
  }
  if (policy->policy().port(port) == nullptr) port = 0;
  const auto [at, is_new] = ns.workload_deciders.try_emplace({policy, port});
  Decider& found = at->second;
  if (is_new) {
    found.ns = &ns;
    found.workload = policy;
    found.port = port;
    answer_again(found);
  }
  return found;
}

void PolicyGraph::answer_again(Decider& decider) {
  const Answer now = answer(decider.ns, decider.workload, decider.port);
  if (now.asked_mesh) {
    asked_mesh_.insert(&decider);
  } else {
    asked_mesh_.erase(&decider);
  }
  decider.asked_mesh = now.asked_mesh;
  const bool site_changed = now.site != decider.site;
  if (!site_changed && now.mode == decider.mode) return;
  PolicyNode* before = decider.site.policy;
  if (before != now.site.policy) {
    if (before != nullptr) std::erase(before->decides, &decider);
    if (now.site.policy != nullptr) now.site.policy->decides.push_back(&decider);
  }
  mark(before);
  mark(now.site.policy);
  decider.site = now.site;
  decider.mode = now.mode;
  for (Edge* edge : decider.edges) judge(*edge, site_changed);
}

void PolicyGraph::answer_namespace(NamespaceNode& ns) {
  answer_again(ns.decider);
  for (auto& [key, decider] : ns.workload_deciders) answer_again(decider);
}

void PolicyGraph::answer_mesh() {
  answer_again(mesh_decider_);
  const std::vector<Decider*> asked(asked_mesh_.begin(), asked_mesh_.end());
  for (Decider* decider : asked) answer_again(*decider);
  for (RuleNode* rule : mesh_wide_) mark(rule);
  mark(mesh_policy());
}

Edge* PolicyGraph::acquire(Source& source, Decider& decider) {
  const auto [at, is_new] = edges_.try_emplace({&source, &decider});
  Edge& edge = at->second;
  if (is_new) {
    edge.source = &source;
    edge.decider = &decider;
    edge.at_source = static_cast<std::uint32_t>(source.edges.size());
    edge.at_decider = static_cast<std::uint32_t>(decider.edges.size());
    source.edges.push_back(&edge);
    decider.edges.push_back(&edge);
    judge(edge, false);
  }
  return &edge;
}

void PolicyGraph::drop(Edge* edge) {
  if (--edge->uses > 0) return;
  if (edge->failure != Failure::None) {
    mark(edge->source->owner);
    mark(edge->decider->site.policy);
  }
  auto& from = edge->source->edges;
  from[edge->at_source] = from.back();
  from[edge->at_source]->at_source = edge->at_source;
  from.pop_back();
  auto& to = edge->decider->edges;
  to[edge->at_decider] = to.back();
  to[edge->at_decider]->at_decider = edge->at_decider;
  to.pop_back();
  edges_.erase({edge->source, edge->decider});
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

Failure PolicyGraph::judge_call(const RuleNode* rule, ClauseRef clause, MtlsMode mode) const {
  const ClientTls* tls = rule == nullptr ? nullptr : rule->rule().tls(clause);
  return failure_of(tls == nullptr ? std::nullopt : std::optional(tls->mode),
                    rule != nullptr && is_wildcard(rule->host), settings_.enable_auto_mtls, mode);
}

Failure PolicyGraph::failure(const Edge& edge) const {
  const MtlsMode mode = edge.decider->mode;
  if (edge.source->kind == SourceKind::Authorization) {
    return mode == MtlsMode::Disable ? Failure::IdentityWithoutMtls : Failure::None;
  }
  return judge_call(static_cast<const RuleNode*>(edge.source->owner), edge.source->clause, mode);
}

void PolicyGraph::judge(Edge& edge, bool site_changed) {
  const Failure now = failure(edge);
  const bool was_failing = edge.failure != Failure::None;
  const bool changed = now != edge.failure || (site_changed && was_failing);
  edge.failure = now;
  if (!changed) return;
  mark(edge.source->owner);
  mark(edge.decider->site.policy);
}

void PolicyGraph::judge_all(const Source& source) {
  for (Edge* edge : source.edges) {
    judge(*edge, false);
    if (edge->failure != Failure::None) mark(edge->decider->site.policy);  // its finding quotes the clause
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
void PolicyGraph::forget(Decider& decider) {
  asked_mesh_.erase(&decider);
  if (decider.site.policy != nullptr) std::erase(decider.site.policy->decides, &decider);
}

void PolicyGraph::remove_namespace(NamespaceNode& ns) {
  release(ns.undocumented);
  for (auto& [host, target] : ns.targets) release(target);
  for (AuthorizationNode* node : root_authorizations_) release_authorization(*node, ns);
  forget(ns.decider);
  for (auto& [key, decider] : ns.workload_deciders) forget(decider);
  if (last_known_ == &ns) last_known_ = nullptr;
  namespaces_.erase(namespaces_.find(ns.name));
}

}  // namespace workspace
