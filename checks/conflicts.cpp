#include "checks/conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "workspace/host_name.h"

namespace checks {

namespace {

using workspace::Decider;
using workspace::Edge;
using workspace::Failure;
using workspace::PolicyNode;
using workspace::PolicySite;
using workspace::RuleNode;

Conflict conflict_of(const Edge& edge) {
  return {static_cast<const RuleNode*>(edge.source->owner), edge.source->clause, edge.decider->site};
}

void sort_unique(std::vector<Site>& sites) {
  std::sort(sites.begin(), sites.end(), before);
  sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
}

std::string and_more(std::string text, std::size_t count, std::string_view what) {
  if (count > 1) text += fmt::format(" (and {} more {}{})", count - 1, what, count == 2 ? "" : "s");
  return text;
}

const RuleNode* rule_at(const Site& site) { return static_cast<const RuleNode*>(site.node); }

// Where the policy's other ends are.
void report_at_policy(CheckContext& context, const Check& check, const Site& at, std::vector<Site> clauses,
                      const ConflictTexts& texts) {
  sort_unique(clauses);
  const Site& first = clauses.front();
  std::string message = fmt::format("{} {}, but {} {} {}", to_string(at.node->id), texts.policy_does,
                                    to_string(first.node->id), texts.clause_does, rule_at(first)->host);
  StoredFinding& finding = context.report(check, at, and_more(std::move(message), clauses.size(), "clause"));
  finding.related = std::move(clauses);
  finding.related_message = "client TLS set here";
}

void report_at_clause(CheckContext& context, const Check& check, const Site& at, std::vector<Site> policies,
                      const ConflictTexts& texts) {
  sort_unique(policies);
  std::string message =
      fmt::format("{} {} {}, but {} {}", to_string(at.node->id), texts.clause_does, rule_at(at)->host,
                  to_string(policies.front().node->id), texts.policy_does);
  StoredFinding& finding = context.report(check, at, and_more(std::move(message), policies.size(), "mode"));
  finding.related = std::move(policies);
  finding.related_message = "server mode set here";
}

}  // namespace

bool decided_by_mesh_policy(const workspace::PolicyGraph& graph, const PolicySite& site) {
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
    std::map<std::int32_t, std::vector<Site>> by_site;
    for (const Decider* decider : policy->decides) {
      for (const Edge* edge : decider->edges) {
        if (edge->failure != failure || !belongs(conflict_of(*edge))) continue;
        by_site[decider->site.port].push_back(tls_of(edge->source->owner, edge->source->clause));
      }
    }
    for (auto& [port, clauses] : by_site) {
      report_at_policy(context, check, {policy, Field::Mode, port, {}, 0}, std::move(clauses), texts);
    }
  } else if (const RuleNode* rule = context.rule()) {
    for (const auto& source : rule->sources) {
      std::vector<Site> policies;
      for (const Edge* edge : source->edges) {
        if (edge->failure == failure && belongs(conflict_of(*edge)))
          policies.push_back(mode_of(edge->decider->site));
      }
      if (!policies.empty())
        report_at_clause(context, check, tls_of(rule, source->clause), std::move(policies), texts);
    }
  }
}

void report_missing_tls(CheckContext& context, const Check& check, bool mesh_policy,
                        std::string_view effect) {
  const PolicyNode* policy = context.policy();
  if (policy == nullptr || context.graph().is_root(policy->id.ns) != mesh_policy) return;
  std::map<std::int32_t, bool> sites;
  for (const Decider* decider : policy->decides) {
    for (const Edge* edge : decider->edges) {
      if (edge->failure == Failure::NoTlsToStrict) sites[decider->site.port] = true;
    }
  }
  for (const auto& [port, found] : sites) {
    context.report(check, {policy, Field::Mode, port, {}, 0},
                   fmt::format("{} requires mTLS, but with auto mTLS off {}", to_string(policy->id), effect));
  }
}

}  // namespace checks
