#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0003 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication with a non-empty `portLevelMtls` but without a selector (none, or
one with empty `matchLabels`).)",
    .why = R"(Port numbers mean the ports of a workload, so Istio takes `portLevelMtls` only from
policies that select workloads. Its validation refuses the resource; where that is
switched off the ports are ignored. A port that was opened for a health check or a
metrics scraper stays closed to plaintext, and one that was meant to be STRICT stays
open.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
  portLevelMtls:
    9090:
      mode: PERMISSIVE
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
  portLevelMtls:
    9090:
      mode: PERMISSIVE
)",
    .fix_safety = R"(None is offered: only you know which workloads have that port. By hand: give the
policy a selector, and leave the rest to a policy of its own without selector.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  if (policy->policy().has_selector() || policy->policy().port_level.empty()) return;
  context.report(
      kMtls0003, {policy, Field::PortLevelKey, -1, {}, 0},
      fmt::format("{} has portLevelMtls without a selector, which Istio ignores", to_string(policy->id)));
}

}  // namespace
}  // namespace checks::mtls0003

namespace checks {

const Check kMtls0003 = {.code = "MTLS0003",
                         .name = "port-level-without-selector",
                         .title = "portLevelMtls without a selector is ignored",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .by_itself = true,
                         .docs = mtls0003::kDocs,
                         .run = mtls0003::run,
                         .plan_fixes = nullptr};

}  // namespace checks
