#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::tis0001 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(Two or more PeerAuthentications without a selector (none, or one with empty
`matchLabels`) in one namespace. In the root namespace these are policies for the
whole mesh. Where all have the same mode, it is an information only.)",
    .why = R"(Only the oldest decides; Istio ignores the others without a word. Age is the time of
creation in each cluster, so the same files may mean STRICT in one cluster and
PERMISSIVE in the next, and deleting the older policy brings the younger one to life.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: migration
  namespace: shop
spec:
  mtls:
    mode: PERMISSIVE
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
)",
    .fix_safety = R"(None is offered: which of them is meant is yours to say. Keep one; give the others a
selector or delete them.)",
    .kiali = "KIA0002",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0001",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (policy->policy().has_selector()) return;
  const workspace::NamespaceNode* ns = context.graph().find_namespace(policy->id.ns);
  if (ns->plain_policies.size() < 2) return;
  const workspace::PolicyNode* decides = ns->plain_policies.front();
  const std::string several =
      fmt::format("of the {} {}-wide PeerAuthentications in {}", ns->plain_policies.size(),
                  context.graph().is_root(policy->id.ns) ? "mesh" : "namespace", policy->id.ns);
  StoredFinding& finding = context.report(
      kTis0001, name_of(policy),
      policy == decides
          ? fmt::format("Istio uses only this policy {}, the oldest; the others have no effect", several)
          : fmt::format("This policy has no effect: {} Istio uses only the oldest, {}", several,
                        decides->id.name));
  const workspace::MtlsMode mode = policy->policy().mode.mode;
  const bool is_same = std::all_of(ns->plain_policies.begin(), ns->plain_policies.end(),
                                   [mode](const auto* other) { return other->policy().mode.mode == mode; });
  if (is_same) finding.severity = Severity::Information;
  for (const workspace::PolicyNode* other : ns->plain_policies) {
    if (other != policy) finding.related.push_back(name_of(other));
  }
  finding.related_message = "another one without selector";
}

}  // namespace
}  // namespace checks::tis0001

namespace checks {

const Check kTis0001 = {.code = "TIS0001",
                        .name = "several-policies-without-selector",
                        .title = "Several PeerAuthentications without selector in one namespace",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .docs = tis0001::kDocs,
                        .run = tis0001::run,
                        .plan_fixes = nullptr};

}  // namespace checks
