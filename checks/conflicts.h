// Conflicts: a clause paired with the policy that decides the same failing call
// (docs/design/mtls-semantics.md, section 7). Every conflict code reports alike: one finding per deciding
// mode value, one per clause, each related to the other ends.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "checks/engine/check_context.h"

namespace checks {

struct Conflict {
  const workspace::RuleNode* rule = nullptr;  // null: no clause gives tls
  workspace::ClauseRef clause;
  workspace::PolicyField policy;
};

bool decided_by_mesh_policy(const workspace::PolicyGraph& graph, const workspace::PolicyField& site);

void report_conflicts(CheckContext& context, const Check& check, workspace::Failure failure,
                      const std::function<bool(const Conflict&)>& belongs);

// The namespace-wide rule of a namespace against that namespace's own policy (TIS0207).
bool is_namespace_wide_pair(const workspace::PolicyGraph& graph, const Conflict& conflict);

// Policies that decide a failing call in which no clause gives tls (auto mTLS off), by site.
void report_missing_tls(CheckContext& context, const Check& check, bool mesh_policy, std::string_view effect);

// The fields of a policy (index into port_level; -1: mtls.mode) that decide an edge which fails so; sorted.
std::vector<std::int32_t> failing_fields(const workspace::PolicyNode& policy,
                                         std::initializer_list<workspace::Failure> failures);

// Opens the ports of a finding's failing calls (PlaintextToStrict), if its clauses are for one host, that of
// a Service, whose ports are known, and one workload policy, or none, decides for all.
void open_failing_ports(FixContext& context);

// By place, each once.
void sort_unique(std::vector<FieldRef>& sites);

}  // namespace checks
