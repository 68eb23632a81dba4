#include "checks/conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "checks/engine/field_words.h"
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

// The conflicts of one place.
struct Place {
  std::vector<FieldRef> others;
  Severity severity = Severity::Hint;
  bool is_sure = false;

  void add(const FieldRef& other, Severity of_edge, bool sure) {
    others.push_back(other);
    severity = std::min(severity, of_edge);
    is_sure = is_sure || sure;
  }
};

// "fail (503)", as surely as that is known.
std::string_view consequence(Severity severity) {
  switch (severity) {
    case Severity::Error:
    case Severity::Information:
      break;
    case Severity::Warning:
      return "fail (503) if its pods have a sidecar";
    case Severity::Hint:
      return "may fail (503)";
  }
  return "fail (503)";
}

std::string and_more(std::size_t count) {
  return count > 1 ? fmt::format(" (and {} more)", count - 1) : std::string();
}

// "STRICT for port 8080", "DISABLE (plaintext only)"
std::string accepted_words(const FieldRef& mode) {
  const bool is_disabled =
      mode.node->as<workspace::PeerAuthentication>().mode_at(mode.entry).mode == workspace::MtlsMode::Disable;
  return mode_words(mode) + (is_disabled ? " (plaintext only)" : "");
}

const workspace::ClientTls& tls_at(const FieldRef& clause) {
  return *rule_of(clause)->rule().tls(clause.clause);
}

// "this rule", with what of it the clause is for.
std::string this_rule(const FieldRef& at) {
  if (at.node->id.kind == workspace::Kind::BackendTLSPolicy) return "this BackendTLSPolicy";
  const workspace::DestinationRule& rule = rule_of(at)->rule();
  if (at.clause.subset < 0) return "this rule";
  return fmt::format("subset {} of this rule",
                     rule.subsets[static_cast<std::size_t>(at.clause.subset)].name.view());
}

void report_place(CheckContext& context, const Check& check, const FieldRef& at, Place place,
                  std::string message) {
  StoredFinding& finding = context.report(check, at, std::move(message));
  finding.severity = place.severity;
  finding.is_sure = place.is_sure;
  finding.related = std::move(place.others);
}

// Where the policy's other ends are.
void report_at_policy(CheckContext& context, const Check& check, const FieldRef& at, Place place) {
  sort_unique(place.others);
  const FieldRef& first = place.others.front();
  const bool is_mesh_wide = context.graph().is_root(at.node->id.ns);
  std::string message =
      fmt::format("{} {}: this {}policy is {}, but {} sends {} ({}){}",
                  calls_of(*rule_of(first), context.graph().settings()), consequence(place.severity),
                  is_mesh_wide ? "mesh-wide " : "", accepted_words(at), to_string(first.node->id),
                  sent_with(tls_at(first).mode), clause_mode(tls_at(first)), and_more(place.others.size()));
  report_place(context, check, at, std::move(place), std::move(message));
}

void report_at_clause(CheckContext& context, const Check& check, const FieldRef& at, Place place) {
  sort_unique(place.others);
  const FieldRef& first = place.others.front();
  const bool is_mesh_wide = context.graph().is_root(first.node->id.ns);
  std::string message = fmt::format(
      "{} {}: {} sends {} ({}), but {}{} is {}{}", calls_of(*rule_of(at), context.graph().settings()),
      consequence(place.severity), this_rule(at), sent_with(tls_at(at).mode), clause_mode(tls_at(at)),
      is_mesh_wide ? "mesh-wide " : "", to_string(first.node->id), accepted_words(first),
      and_more(place.others.size()));
  report_place(context, check, at, std::move(place), std::move(message));
}

// Source: the last paragraphs of section 5.
Severity severity_of(const workspace::PolicyGraph& graph, const Edge& edge) {
  const auto* rule = static_cast<const RuleNode*>(edge.client_config->owner);
  if (workspace::is_wildcard(rule->host)) return Severity::Error;
  const workspace::TlsMode mode = rule->rule().tls(edge.client_config->clause)->mode;
  const bool own_tls = mode == workspace::TlsMode::Simple || mode == workspace::TlsMode::Mutual;
  if (own_tls && !edge.has(workspace::ToDocumented)) return Severity::Hint;
  return decided_by_mesh_policy(graph, edge.chain->site) && !edge.has(workspace::ToKnownSidecar)
             ? Severity::Warning
             : Severity::Error;
}

bool is_sure(const workspace::PolicyGraph& graph, const Edge& edge) {
  if (workspace::is_wildcard(static_cast<const RuleNode*>(edge.client_config->owner)->host)) return true;
  if (edge.has(workspace::ToKnownSidecar)) return true;
  return edge.has(workspace::ToKnown) && !decided_by_mesh_policy(graph, edge.chain->site);
}

// Whether a clause may decide calls to a service port.
bool may_decide(const workspace::DestinationRule& rule, workspace::ClauseRef clause, std::uint32_t port) {
  const auto& policy =
      clause.subset < 0 ? rule.policy : rule.subsets[static_cast<std::size_t>(clause.subset)].policy;
  if (clause.port >= 0) return policy->ports[static_cast<std::size_t>(clause.port)].port == port;
  const workspace::PortTls* entry = policy->port(port);
  return entry == nullptr || !entry->tls;
}

// What a finding's failing calls reach of one Service.
struct FailingPorts {
  std::set<std::uint32_t> ports;
  std::set<const PolicyNode*> policies;  // workload policies; null: none
  bool all_known = true;
};

void add_failing(const workspace::PolicyGraph& graph, const workspace::TargetView& view,
                 const FieldRef& clause, const std::vector<FieldRef>& modes, FailingPorts& into) {
  const workspace::DestinationRule& rule = rule_of(clause)->rule();
  const workspace::Labels* subset =
      clause.clause.subset < 0 ? nullptr
                               : &rule.subsets[static_cast<std::size_t>(clause.clause.subset)].labels;
  for (const workspace::Server& server : graph.servers(view, subset)) {
    for (const std::uint32_t port : workspace::call_ports(view.service, nullptr)) {
      const auto at = workspace::workload_port(view.service, server.workload, port);
      if (!at || !may_decide(rule, clause.clause, port)) continue;
      if (!workspace::takes_port(server.workload == nullptr ? nullptr : &server.workload->workload(), *at))
        continue;
      const auto resolution = graph.resolve(&view.ns, server.policy, *at);
      const bool fails = resolution.mode == workspace::MtlsMode::Strict &&
                         std::find(modes.begin(), modes.end(), mode_of(resolution.site)) != modes.end();
      if (!fails) continue;
      into.all_known = into.all_known && *at != 0;
      into.ports.insert(*at);
      into.policies.insert(server.policy);
    }
  }
}

}  // namespace

void open_failing_ports(FixContext& context) {
  const workspace::PolicyGraph& graph = context.graph();
  const StoredFinding& finding = context.finding();
  const bool at_rule = finding.at.field == Field::Tls || finding.at.field == Field::PolicyTarget;
  const std::vector<FieldRef> clauses = at_rule ? std::vector{finding.at} : finding.related;
  const std::vector<FieldRef> modes = at_rule ? finding.related : std::vector{finding.at};
  if (clauses.empty()) return;
  const std::string_view host = rule_of(clauses.front())->host;
  const bool is_one = std::all_of(clauses.begin(), clauses.end(),
                                  [host](const FieldRef& clause) { return rule_of(clause)->host == host; });
  const std::string_view name = workspace::namespace_of_host(host, graph.settings().cluster_domain);
  const auto ns = graph.namespaces().find(name);
  if (!is_one || workspace::is_wildcard(host) || ns == graph.namespaces().end() || graph.is_root(name))
    return;
  const workspace::TargetView view = graph.view_of(*ns->second, host);
  if (!view.selects()) return;
  FailingPorts failing;
  for (const FieldRef& clause : clauses) add_failing(graph, view, clause, modes, failing);
  if (failing.policies.size() != 1 || !failing.all_known) return;
  context.open_ports({*failing.policies.begin(),
                      std::string(name),
                      view.service->selector,
                      {failing.ports.begin(), failing.ports.end()},
                      view.node->id.name.str()});
}

void sort_unique(std::vector<FieldRef>& sites) {
  std::sort(sites.begin(), sites.end(), before);
  sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
}

std::vector<std::int32_t> failing_fields(const PolicyNode& policy, std::initializer_list<Failure> failures) {
  std::set<std::int32_t> ports;
  for (const PolicyChain* chain : policy.decides) {
    for (const Edge* edge : chain->edges) {
      if (std::find(failures.begin(), failures.end(), edge->failure) != failures.end())
        ports.insert(chain->site.port);
    }
  }
  return {ports.begin(), ports.end()};
}

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
                      const std::function<bool(const Conflict&)>& belongs) {
  const workspace::PolicyGraph& graph = context.graph();
  if (const PolicyNode* policy = context.policy()) {
    std::map<std::int32_t, Place> places;
    for (const PolicyChain* chain : policy->decides) {
      for (const Edge* edge : chain->edges) {
        if (edge->failure != failure || !belongs(conflict_of(*edge))) continue;
        places[chain->site.port].add(tls_of(edge->client_config->owner, edge->client_config->clause),
                                     severity_of(graph, *edge), is_sure(graph, *edge));
      }
    }
    for (auto& [port, place] : places) {
      report_at_policy(context, check, {policy, Field::Mode, port, {}, 0}, std::move(place));
    }
    return;
  }
  context.for_each_rule([&](const RuleNode* rule) {
    std::map<workspace::ClauseRef, Place> places;
    for (const auto& client_config : rule->sources) {
      for (const Edge* edge : client_config->edges) {
        if (edge->failure != failure || !belongs(conflict_of(*edge))) continue;
        places[client_config->clause].add(mode_of(edge->chain->site), severity_of(graph, *edge),
                                          is_sure(graph, *edge));
      }
    }
    for (auto& [clause, place] : places) {
      const FieldRef at = tls_of(rule, clause);
      if (at.node == &context.subject()) report_at_clause(context, check, at, std::move(place));
    }
  });
}

void report_missing_tls(CheckContext& context, const Check& check, bool mesh_policy,
                        std::string_view effect) {
  const PolicyNode* policy = context.policy();
  if (policy == nullptr || context.graph().is_root(policy->id.ns) != mesh_policy) return;
  for (const std::int32_t port : failing_fields(*policy, {Failure::NoTlsToStrict})) {
    context.report(check, {policy, Field::Mode, port, {}, 0},
                   fmt::format("Calls fail (503): this {}policy is STRICT, but auto mTLS is off and {}",
                               mesh_policy ? "mesh-wide " : "", effect));
  }
}

}  // namespace checks
