#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0105 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule clause with SIMPLE or MUTUAL that decides a call to a port which its
Service declares HTTP (by `appProtocol`, else by the port's name up to `-`), while the
server's mode is PERMISSIVE or DISABLE.)",
    .why = R"(For a port declared HTTP the server's proxy takes plaintext HTTP and mTLS of the mesh, and
has no way in for other TLS: the call ends in 503. Where the application ends TLS itself,
the port is not HTTP but HTTPS.)",
    .example = R"(apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: http
      port: 8443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
    spec:
      containers:
        - name: main
          image: example.com/catalog
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: "catalog.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: SIMPLE
)",
    .fixed = R"(apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: https
      port: 8443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
    spec:
      containers:
        - name: main
          image: example.com/catalog
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: "catalog.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: SIMPLE
)",
    .fix_safety = R"(None is offered. By hand: name the port `https` if the application speaks TLS, else use
ISTIO_MUTUAL.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
};

using workspace::MtlsMode;
using workspace::Remark;

// Whether the clause sends TLS that the mode which decides does not take.
bool is_refused(const workspace::RuleNode& rule, const Remark& remark) {
  if (remark.kind != Remark::Kind::TlsToHttp) return false;
  const workspace::TlsMode mode = rule.rule().tls(remark.clause)->mode;
  if (mode != workspace::TlsMode::Simple && mode != workspace::TlsMode::Mutual) return false;
  return remark.chain->mode == MtlsMode::Permissive || remark.chain->mode == MtlsMode::Disable;
}

void run(CheckContext& context, const workspace::RuleNode& rule) {
  std::map<workspace::ClauseRef, std::vector<FieldRef>> places;
  for (const Remark& remark : context.graph().remarks(rule)) {
    if (!is_refused(rule, remark)) continue;
    const auto& service = std::get<workspace::Service>(remark.other->resource());
    const auto& port = service.ports[static_cast<std::size_t>(remark.index)];
    places[remark.clause].push_back({remark.other,
                                     port.app_protocol() != nullptr ? Field::AppProtocol : Field::PortName,
                                     remark.index,
                                     {},
                                     0});
  }
  for (auto& [clause, ports] : places) {
    const FieldRef at = tls_of(&rule, clause);
    if (at.node != &context.subject()) continue;
    sort_unique(ports);
    StoredFinding& finding = context.report(
        kMtls0105, at,
        fmt::format("{} sends {} to {}, whose port is declared HTTP: the server's proxy does not take it",
                    to_string(at.node->id), mode_name(rule.rule().tls(clause)->mode),
                    to_string(ports.front().node->id)));
    finding.related = std::move(ports);
    finding.related_message = "declared HTTP here";
  }
}

void run(CheckContext& context) {
  context.for_each_rule([&context](const workspace::RuleNode* rule) { run(context, *rule); });
}

}  // namespace
}  // namespace checks::mtls0105

namespace checks {

const Check kMtls0105 = {
    .code = "MTLS0105",
    .name = "tls-to-http-port",
    .title = "A DestinationRule sends TLS of its own to a port declared HTTP",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::DestinationRule, workspace::Kind::BackendTLSPolicy),
    .docs = mtls0105::kDocs,
    .run = mtls0105::run,
    .plan_fixes = nullptr};

}  // namespace checks
