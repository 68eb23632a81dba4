#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0002 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication in the root namespace (`istio-system` unless set otherwise) with
a non-empty `selector.matchLabels`.)",
    .why = R"(In the root namespace only policies without selector count. One with a selector looks
like a mesh-wide rule for certain workloads, but applies to none: workloads that it
was meant to make STRICT go on accepting plaintext, and those it was meant to exempt
go on refusing it.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: payments-strict
  namespace: istio-system
spec:
  selector:
    matchLabels:
      app: payments
  mtls:
    mode: STRICT
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: payments-strict
  namespace: shop
spec:
  selector:
    matchLabels:
      app: payments
  mtls:
    mode: STRICT
)",
    .fix_safety = R"(None is offered. By hand: move the policy into the namespace of the workloads it is
meant for, or take the selector away if the whole mesh is meant.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (!policy->policy().has_selector() || !context.graph().is_root(policy->id.ns)) return;
  context.report(kMtls0002, {policy, Field::SelectorKey, -1, {}, 0},
                 fmt::format("{} has a selector in the root namespace, where it applies to nothing",
                             to_string(policy->id)));
}

}  // namespace
}  // namespace checks::mtls0002

namespace checks {

const Check kMtls0002 = {
    .code = "MTLS0002",
    .name = "selector-in-root-namespace",
    .title = "A PeerAuthentication with a selector in the root namespace applies to nothing",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
    .by_itself = true,
    .docs = mtls0002::kDocs,
    .run = mtls0002::run,
    .plan_fixes = nullptr};

}  // namespace checks
