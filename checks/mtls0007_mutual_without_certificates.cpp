#include <fmt/format.h>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0007 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule's `tls` with mode MUTUAL that names neither `credentialName` nor both
`clientCertificate` and `privateKey`.)",
    .why = R"(MUTUAL presents certificates of your own and has to be told which. Istio's validation
refuses the whole rule without them, so a roll-out stops half-way; where nothing
validates, clients send as if there were no rule. Between workloads of the mesh
ISTIO_MUTUAL was meant, which takes Istio's own certificates.)",
    .example = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    tls:
      mode: MUTUAL
)",
    .fixed = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(Set the mode to ISTIO_MUTUAL. It does not weaken encryption, but it is not preferred:
the rule takes effect then, which is wrong for a host outside of the mesh. Name the
certificates there.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
};

bool lacks_certificates(const workspace::ClientTls& tls) {
  using workspace::TlsField;
  if (tls.mode != workspace::TlsMode::Mutual || tls.fields.contains(TlsField::CredentialName)) return false;
  return !tls.fields.contains(TlsField::ClientCertificate) || !tls.fields.contains(TlsField::PrivateKey);
}

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  rule->rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
    if (!lacks_certificates(tls)) return;
    context.report(kMtls0007, tls_of(rule, clause),
                   fmt::format("Istio refuses {}: MUTUAL needs credentialName, or clientCertificate and "
                               "privateKey; did you mean ISTIO_MUTUAL?",
                               to_string(rule->id)));
  });
}

void plan_fixes(FixContext& context) { context.set_clauses("ISTIO_MUTUAL", false); }

}  // namespace
}  // namespace checks::mtls0007

namespace checks {

const Check kMtls0007 = {.code = "MTLS0007",
                         .name = "mutual-without-certificates",
                         .title = "MUTUAL without certificates is refused",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .by_itself = true,
                         .docs = mtls0007::kDocs,
                         .run = mtls0007::run,
                         .plan_fixes = mtls0007::plan_fixes};

}  // namespace checks
