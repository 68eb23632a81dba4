#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/rule_lookup.h"

namespace checks::tis0201 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(Two DestinationRules of one namespace for the same host, seen by the same namespaces
(`exportTo`), that define the same subset name or both have a top-level
`trafficPolicy`, with different content. Hosts outside the mesh count too; rules with a
`workloadSelector` do not.)",
    .why = R"(Istio merges such rules. What both give is taken from the older one, and the rest of
the younger one is dropped in silence: with it perhaps its `tls`. Age is the time of
creation in each cluster, so the outcome may differ between clusters, and change when
a rule is deleted and made again.)",
    .example = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.local
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog-canary
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.local
  subsets:
    - name: v2
      labels:
        version: v2
        track: canary
    - name: v3
      labels:
        version: v3
)",
    .fixed = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.local
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog-canary
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.local
  subsets:
    - name: v3
      labels:
        version: v3
)",
    .fix_safety = R"(None is offered. By hand: merge the rules into one, or let each define subsets of its
own and only one of them the top-level `trafficPolicy`.)",
    .kiali = "KIA0201",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0201",
};

// Who sees the rule, with `.` and absence written out.
workspace::ExportTo seen_by(const workspace::RuleNode* rule) {
  if (rule->is_public) return {"*"};
  if (rule->rule().export_to.empty()) return {rule->id.ns};
  workspace::ExportTo names = rule->rule().export_to;
  std::replace(names.begin(), names.end(), workspace::CompactString("."), rule->id.ns);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Istio keeps the first of a name.
const workspace::Subset* first_subset(const workspace::DestinationRule& rule, std::string_view name) {
  const auto at = std::find_if(rule.subsets.begin(), rule.subsets.end(),
                               [name](const auto& subset) { return subset.name == name; });
  return at == rule.subsets.end() ? nullptr : &*at;
}

// Of a policy that is not there 0.
std::uint64_t content_of(const workspace::OptionalPtr<workspace::TrafficPolicy>& policy) {
  return policy ? policy->content : 0;
}

// What both give, each otherwise, for the message; empty: they do not collide.
std::string given_twice(const workspace::DestinationRule& a, const workspace::DestinationRule& b) {
  if (a.policy && b.policy && a.policy->content != b.policy->content) return "a traffic policy";
  for (const workspace::Subset& subset : a.subsets) {
    const workspace::Subset* other = first_subset(b, subset.name);
    if (other == nullptr) continue;
    const workspace::Subset& own = *first_subset(a, subset.name);
    if (own.labels != other->labels || content_of(own.policy) != content_of(other->policy))
      return "the subset " + subset.name;
  }
  return "";
}

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  if (rule->siblings == nullptr || rule->siblings->rules.size() < 2) return;
  if (rule->rule().has_workload_selector()) return;
  std::vector<FieldRef> others;
  for (const workspace::RuleNode* other : rule->siblings->rules) {
    if (other == rule || other->backend || other->rule().has_workload_selector()) continue;
    if (seen_by(rule) != seen_by(other)) continue;
    if (given_twice(rule->rule(), other->rule()).empty()) continue;
    others.push_back({other, Field::Host, -1, {}, 0});
  }
  if (others.empty()) return;
  std::sort(others.begin(), others.end(), before);
  const auto& first = static_cast<const workspace::RuleNode&>(*others.front().node);
  StoredFinding& finding = context.report(
      kTis0201, {rule, Field::Host, -1, {}, 0},
      fmt::format("This rule and {} both give {} {}, each otherwise: Istio uses only the older one's",
                  to_string(first.id), rule->host, given_twice(rule->rule(), first.rule())));
  finding.related = std::move(others);
  finding.related_message = "the same host here";
}

}  // namespace
}  // namespace checks::tis0201

namespace checks {

const Check kTis0201 = {.code = "TIS0201",
                        .name = "rules-collide",
                        .title = "Two DestinationRules for one host say the same thing twice",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                        .docs = tis0201::kDocs,
                        .run = tis0201::run,
                        .plan_fixes = nullptr};

}  // namespace checks
