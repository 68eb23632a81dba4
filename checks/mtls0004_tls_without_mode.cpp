#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0004 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A `tls` in a DestinationRule (top level, port or subset) without `mode`. Rules for
external hosts and rules with a `workloadSelector` are looked at too.)",
    .why = R"(The mode's default is DISABLE. A `tls` that sets certificates or an SNI and nothing
else therefore switches TLS off: the certificates are never used and clients send
plaintext, also where auto mTLS would have encrypted the call had the `tls` not been
there.)",
    .example = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: partner-api
  namespace: shop
spec:
  host: api.partner.example.com
  trafficPolicy:
    tls:
      sni: api.partner.example.com
)",
    .fixed = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: partner-api
  namespace: shop
spec:
  host: api.partner.example.com
  trafficPolicy:
    tls:
      mode: SIMPLE
      sni: api.partner.example.com
)",
    .fix_safety = R"(None is offered: SIMPLE, MUTUAL, ISTIO_MUTUAL and DISABLE are all likely, depending on
the host. Writing `mode: DISABLE` states what happens today.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  rule->rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
    if (tls.has_mode) return;
    context.report(kMtls0004, {rule, Field::TlsKey, -1, clause, 0},
                   "`tls` without `mode` means DISABLE: clients send plaintext; write the mode");
  });
}

}  // namespace
}  // namespace checks::mtls0004

namespace checks {

const Check kMtls0004 = {.code = "MTLS0004",
                         .name = "tls-without-mode",
                         .title = "tls without mode means DISABLE",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .by_itself = true,
                         .docs = mtls0004::kDocs,
                         .run = mtls0004::run,
                         .plan_fixes = nullptr};

}  // namespace checks
