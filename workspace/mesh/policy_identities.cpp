// Whether any identity arrives where an AuthorizationPolicy asks for one (TIS0104): which calls to Service
// documents lead to the workloads that it authorizes, and what they send.
#include <algorithm>

#include "workspace/mesh/policy_graph.h"

namespace workspace {

namespace {

bool brings_identity(const Edge& edge) {
  const Sent sent = sent_by(*edge.client_config, edge.chain->mode, edge.chain->ns_mode);
  return sent == Sent::Mutual || sent == Sent::MeshMtls;
}

}  // namespace

template <class Change>
void PolicyGraph::change_scope(IdentityScope& scope, const Change& change) {
  const bool called = !scope.calls.empty();
  const bool identified = scope.identified > 0;
  change();
  const int by_calls = static_cast<int>(!scope.calls.empty()) - static_cast<int>(called);
  const int by_identity = static_cast<int>(scope.identified > 0) - static_cast<int>(identified);
  if (by_calls == 0 && by_identity == 0) return;
  for (AuthorizationNode* node : scope.nodes) {
    const bool lacked = node->lacks_identities();
    node->called += static_cast<std::uint32_t>(by_calls);
    node->identified += static_cast<std::uint32_t>(by_identity);
    if (lacked != node->lacks_identities()) mark(node);
  }
}

void PolicyGraph::count_call(IdentityScope& scope, Edge* edge, int by) {
  change_scope(scope, [&] {
    const auto at = scope.calls.try_emplace(edge, 0).first;
    const bool known = at->second > 0;
    at->second += static_cast<std::uint32_t>(by);
    if (known == (at->second > 0)) return;
    if (edge->brings_identity) scope.identified += static_cast<std::uint32_t>(by);
    auto& scopes = edge_scopes_[edge];
    if (!known) {
      scopes.insert(&scope);
      return;
    }
    scope.calls.erase(at);
    scopes.erase(&scope);
    if (scopes.empty()) edge_scopes_.erase(edge);
  });
}

void PolicyGraph::evaluate_identity(Edge& edge) {
  const bool now = brings_identity(edge);
  if (now == edge.brings_identity) return;
  edge.brings_identity = now;
  const auto at = edge_scopes_.find(&edge);
  if (at == edge_scopes_.end()) return;
  for (IdentityScope* scope : at->second) {
    change_scope(*scope, [&] { scope->identified += now ? 1U : ~0U; });
  }
}

void PolicyGraph::join_scope(AuthorizationNode& node, NamespaceNode& ns) {
  if (node.scopes.contains(&ns)) return;
  const Labels& selector = node.policy().selector;
  auto at = std::find_if(ns.scopes.begin(), ns.scopes.end(),
                         [&](const auto& scope) { return scope->selector == selector; });
  if (at == ns.scopes.end()) {
    at = ns.scopes.insert(at, std::make_unique<IdentityScope>());
    (*at)->selector = selector;
  }
  IdentityScope& scope = **at;
  scope.nodes.push_back(&node);
  node.scopes[&ns] = &scope;
  if (!scope.calls.empty()) ++node.called;
  if (scope.identified > 0) ++node.identified;
}

// The scopes themselves stay until their namespace is looked at again: targets name them.
void PolicyGraph::leave_scopes(AuthorizationNode& node) {
  for (const auto& [ns, scope] : node.scopes) std::erase(scope->nodes, &node);
  node.scopes.clear();
  node.called = node.identified = 0;
}

// Which AuthorizationPolicies concern a namespace, before its targets are computed.
void PolicyGraph::enter_scopes(NamespaceNode& ns) {
  for (AuthorizationNode* node : ns.authorizations) join_scope(*node, ns);
  if (&ns != undocumented_) {
    for (AuthorizationNode* node : root_authorizations_) join_scope(*node, ns);
  }
  for (const auto& scope : ns.scopes) {
    scope->stands_in =
        is_sidecar(ns.stand_in.proxy) &&
        (scope->selector.empty() ? ns.workloads.empty() : matching_workloads(ns, scope->selector).empty());
  }
}

void PolicyGraph::forget_scopes(NamespaceNode& ns) {
  std::erase_if(ns.scopes, [](const auto& scope) { return scope->nodes.empty() && scope->calls.empty(); });
}

std::vector<IdentityScope*> PolicyGraph::scopes_of(const TargetView& view) const {
  std::vector<IdentityScope*> found;
  if (view.ns.scopes.empty() || !view.selects()) return found;
  std::vector<const WorkloadNode*> sidecars;
  for (const WorkloadNode* workload : view.matching) {
    if (is_sidecar(proxy_of(view.ns, workload).proxy)) sidecars.push_back(workload);
  }
  for (const auto& scope : view.ns.scopes) {
    if (scope->nodes.empty()) continue;
    const Labels& selector = scope->selector;
    const bool leads = scope->stands_in
                           ? is_subset_of_injected(view.service->selector, selector, {})
                           : std::any_of(sidecars.begin(), sidecars.end(), [&](const WorkloadNode* workload) {
                               return selector.empty() || selects(selector, view.ns, *workload);
                             });
    if (leads) found.push_back(scope.get());
  }
  return found;
}

}  // namespace workspace
