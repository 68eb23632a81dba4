#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::tis0104 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(An AuthorizationPolicy that uses `principals`, `notPrincipals`, `namespaces`,
`notNamespaces`, or a `when` with the key `source.principal`, `source.namespace` or
`connection.sni`, where a PeerAuthentication in DISABLE decides for at least one of
its workloads (port levels aside), or Services lead to its workloads and in all calls to
them clients send plaintext or simple TLS. A policy in the root namespace is held against
the workloads of all namespaces.)",
    .why = R"(These fields read the client's certificate, and without mTLS there is none. An ALLOW
rule never matches, so its callers get 403; a DENY rule never matches either, so what
it should keep out comes in; and `notPrincipals` or `notNamespaces` match every
caller.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: DISABLE
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: only-frontend
  namespace: shop
spec:
  action: ALLOW
  rules:
    - from:
        - source:
            principals: ["cluster.local/ns/web/sa/frontend"]
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: only-frontend
  namespace: shop
spec:
  action: ALLOW
  rules:
    - from:
        - source:
            principals: ["cluster.local/ns/web/sa/frontend"]
)",
    .fix_safety = R"(None is offered. By hand: set the policy to STRICT (with PERMISSIVE plaintext callers
still have no identity), let clients send mTLS, or use a field that needs none, such as `ipBlocks` or
`requestPrincipals`.)",
    .kiali = "KIA0105",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0104",
};

void report(CheckContext& context, const workspace::AuthorizationNode& node, std::string_view because,
            const std::vector<FieldRef>& related) {
  const auto& uses = node.policy().uses;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    StoredFinding& finding =
        context.report(kTis0104, {&node, Field::IdentityUse, static_cast<std::int32_t>(i), {}, 0},
                       fmt::format("{} uses {}, which is empty without mTLS, but {}", to_string(node.id),
                                   uses[i].field, because));
    finding.related = related;
  }
}

void run(CheckContext& context) {
  const auto& node = static_cast<const workspace::AuthorizationNode&>(context.subject());
  std::vector<FieldRef> chains;
  for (const workspace::Edge* edge : node.client_config.edges) {
    if (edge->failure == workspace::Failure::IdentityWithoutMtls)
      chains.push_back(mode_of(edge->chain->site));
  }
  if (chains.empty()) {
    if (node.lacks_identities()) report(context, node, "no client sends mTLS to its workloads", {});
    return;
  }
  std::sort(chains.begin(), chains.end(), before);
  chains.erase(std::unique(chains.begin(), chains.end()), chains.end());
  report(context, node, to_string(chains.front().node->id) + " is DISABLE", chains);
}

}  // namespace
}  // namespace checks::tis0104

namespace checks {

const Check kTis0104 = {.code = "TIS0104",
                        .name = "identity-without-mtls",
                        .title = "An AuthorizationPolicy needs an identity that no mTLS gives",
                        .severity = Severity::Error,
                        .subjects = workspace::KindSet(workspace::Kind::AuthorizationPolicy),
                        .docs = tis0104::kDocs,
                        .run = tis0104::run,
                        .plan_fixes = nullptr};

}  // namespace checks
