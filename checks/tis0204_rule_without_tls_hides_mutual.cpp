#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::tis0204 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS off: a DestinationRule without `tls` in any clause that decides for its
host, where without it a wildcard rule with ISTIO_MUTUAL at its top level would.)",
    .why = R"(Rules do not inherit from wider ones: the narrower host replaces the wildcard rule as
a whole. A rule that was added for a load-balancer setting thereby takes ISTIO_MUTUAL
away, and clients send plaintext. (With auto mTLS on they adapt to the server, and
nothing is lost.))",
    .example = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: false
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: PERMISSIVE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: default
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    loadBalancer:
      simple: LEAST_REQUEST
)",
    .fixed = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: false
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: PERMISSIVE
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: default
  namespace: istio-system
spec:
  host: "*.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    loadBalancer:
      simple: LEAST_REQUEST
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(None is offered. By hand: write the `tls` of the wider rule into the narrow one, or
drop it from the wider one and rely on auto mTLS.)",
    .kiali = "KIA0204",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0204",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  if (!rule->wider) return;
  std::vector<FieldRef> wider;
  for (const auto& [wide, uses] : *rule->wider) {
    const workspace::ClientTls* tls = wide->rule().tls({});
    if (tls != nullptr && tls->mode == workspace::TlsMode::IstioMutual) wider.push_back(tls_of(wide, {}));
  }
  if (wider.empty()) return;
  std::sort(wider.begin(), wider.end(), before);
  const auto& hidden = static_cast<const workspace::RuleNode&>(*wider.front().node);
  StoredFinding& finding = context.report(
      kTis0204, {rule, Field::Host, -1, {}, 0},
      fmt::format("This rule replaces {} ({}) for its host, and with it tls ISTIO_MUTUAL: rules are "
                  "not merged; repeat the tls setting here",
                  to_string(hidden.id), hidden.host));
  finding.related = std::move(wider);
  finding.related_message = "tls mode ISTIO_MUTUAL, replaced for that host";
}

}  // namespace
}  // namespace checks::tis0204

namespace checks {

const Check kTis0204 = {.code = "TIS0204",
                        .name = "rule-without-tls-hides-mutual",
                        .title = "A DestinationRule without tls hides a wider one with ISTIO_MUTUAL",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                        .docs = tis0204::kDocs,
                        .run = tis0204::run,
                        .plan_fixes = nullptr};

}  // namespace checks
