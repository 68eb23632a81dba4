#include "checks/conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "workspace/mesh/host_name.h"

namespace checks {

namespace {

using workspace::Edge;
using workspace::Failure;
using workspace::PolicyChain;
using workspace::PolicyField;
using workspace::PolicyNode;
using workspace::RuleNode;

Conflict conflict_of(const Edge& edge) {
  return {static_cast<const RuleNode*>(edge.client_config->owner), edge.client_config->clause,
          edge.chain->site};
}

void sort_unique(std::vector<FieldRef>& sites) {
  std::sort(sites.begin(), sites.end(), before);
  sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
}

std::string and_more(std::string text, std::size_t count, std::string_view what) {
  if (count > 1) text += fmt::format(" (and {} more {}{})", count - 1, what, count == 2 ? "" : "s");
  return text;
}

const RuleNode* rule_at(const FieldRef& site) { return static_cast<const RuleNode*>(site.node); }

// Where the policy's other ends are.
void report_at_policy(CheckContext& context, const Check& check, const FieldRef& at,
                      std::vector<FieldRef> clauses, const ConflictTexts& texts) {
  sort_unique(clauses);
  const FieldRef& first = clauses.front();
  std::string message = fmt::format("{} {}, but {} {} {}", to_string(at.node->id), texts.policy_does,
                                    to_string(first.node->id), texts.clause_does, rule_at(first)->host);
  StoredFinding& finding = context.report(check, at, and_more(std::move(message), clauses.size(), "clause"));
  finding.related = std::move(clauses);
  finding.related_message = "client TLS set here";
}

void report_at_clause(CheckContext& context, const Check& check, const FieldRef& at,
                      std::vector<FieldRef> policies, const ConflictTexts& texts) {
  sort_unique(policies);
  std::string message =
      fmt::format("{} {} {}, but {} {}", to_string(at.node->id), texts.clause_does, rule_at(at)->host,
                  to_string(policies.front().node->id), texts.policy_does);
  StoredFinding& finding = context.report(check, at, and_more(std::move(message), policies.size(), "mode"));
  finding.related = std::move(policies);
  finding.related_message = "server mode set here";
}

}  // namespace

bool decided_by_mesh_policy(const workspace::PolicyGraph& graph, const PolicyField& site) {
  return site.policy != nullptr && graph.is_root(site.policy->id.ns);
}

bool is_namespace_wide_pair(const workspace::PolicyGraph& graph, const Conflict& conflict) {
  const std::string ns = conflict.rule->id.ns.str();
  return conflict.policy.policy->id.ns == ns && !graph.is_root(ns) &&
         !conflict.policy.policy->policy().has_selector() &&
         conflict.rule->host == "*." + ns + ".svc." + graph.settings().cluster_domain;
}

void report_conflicts(CheckContext& context, const Check& check, Failure failure,
                      const std::function<bool(const Conflict&)>& belongs, const ConflictTexts& texts) {
  if (const PolicyNode* policy = context.policy()) {
    std::map<std::int32_t, std::vector<FieldRef>> by_site;
    for (const PolicyChain* chain : policy->decides) {
      for (const Edge* edge : chain->edges) {
        if (edge->failure != failure || !belongs(conflict_of(*edge))) continue;
        by_site[chain->site.port].push_back(tls_of(edge->client_config->owner, edge->client_config->clause));
      }
    }
    for (auto& [port, clauses] : by_site) {
      report_at_policy(context, check, {policy, Field::Mode, port, {}, 0}, std::move(clauses), texts);
    }
  } else if (const RuleNode* rule = context.rule()) {
    for (const auto& client_config : rule->sources) {
      std::vector<FieldRef> policies;
      for (const Edge* edge : client_config->edges) {
        if (edge->failure == failure && belongs(conflict_of(*edge)))
          policies.push_back(mode_of(edge->chain->site));
      }
      if (!policies.empty())
        report_at_clause(context, check, tls_of(rule, client_config->clause), std::move(policies), texts);
    }
  }
}

void report_missing_tls(CheckContext& context, const Check& check, bool mesh_policy,
                        std::string_view effect) {
  const PolicyNode* policy = context.policy();
  if (policy == nullptr || context.graph().is_root(policy->id.ns) != mesh_policy) return;
  std::map<std::int32_t, bool> sites;
  for (const PolicyChain* chain : policy->decides) {
    for (const Edge* edge : chain->edges) {
      if (edge->failure == Failure::NoTlsToStrict) sites[chain->site.port] = true;
    }
  }
  for (const auto& [port, found] : sites) {
    context.report(check, {policy, Field::Mode, port, {}, 0},
                   fmt::format("{} requires mTLS, but with auto mTLS off {}", to_string(policy->id), effect));
  }
}

}  // namespace checks
