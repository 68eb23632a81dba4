#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "checks/engine/field_words.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0103 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule clause with ISTIO_MUTUAL, or with MUTUAL for a wildcard host, that
decides a call to a Service all of whose known workloads have no sidecar: by label or
annotation `sidecar.istio.io/inject: "false"`, by `hostNetwork`, by the labels of their
Namespace, or because of the namespace itself. A warning where the host is a wildcard, or
where the missing sidecar is presumed from a Namespace document without a label. In
editors also a hint: a wildcard decides calls to `kubernetes.default`, the API server.)",
    .why = R"(A clause is no offer: clients send mTLS whatever the server can do. A server without a
sidecar does not speak it, and calls end in 503.)",
    .example = R"(apiVersion: v1
kind: Namespace
metadata:
  name: legacy
  labels:
    istio-injection: disabled
---
apiVersion: v1
kind: Service
metadata:
  name: billing
  namespace: legacy
spec:
  selector:
    app: billing
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
  namespace: legacy
spec:
  selector:
    matchLabels:
      app: billing
  template:
    metadata:
      labels:
        app: billing
    spec:
      containers:
        - name: main
          image: example.com/billing
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: billing
  namespace: legacy
spec:
  host: "billing.legacy.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fixed = R"(apiVersion: v1
kind: Namespace
metadata:
  name: legacy
  labels:
    istio-injection: disabled
---
apiVersion: v1
kind: Service
metadata:
  name: billing
  namespace: legacy
spec:
  selector:
    app: billing
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
  namespace: legacy
spec:
  selector:
    matchLabels:
      app: billing
  template:
    metadata:
      labels:
        app: billing
    spec:
      containers:
        - name: main
          image: example.com/billing
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: billing
  namespace: legacy
spec:
  host: "billing.legacy.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: DISABLE
)",
    .fix_safety = R"(- *Insert a DestinationRule with DISABLE* for the Service, or for `kubernetes.default` in
  the root namespace, where a wildcard leads there: preferred, since its server speaks
  plaintext only. Where the clause is for that very host, set it by hand.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/concepts/security/#mutual-tls-authentication",
};

using workspace::Remark;

struct Place {
  std::vector<FieldRef> reasons;
  const workspace::ResourceNode* service = nullptr;  // null: the API server
  bool presumed = true;
};

bool is_mutual(const workspace::RuleNode& rule, workspace::ClauseRef clause) {
  const workspace::TlsMode mode = rule.rule().tls(clause)->mode;
  return mode == workspace::TlsMode::IstioMutual ||
         (mode == workspace::TlsMode::Mutual && workspace::is_wildcard(rule.host));
}

void add(const Remark& remark, Place& place) {
  if (remark.kind != Remark::Kind::MutualToOutside) return;
  place.presumed = place.presumed && remark.index == 1;
  if (place.service == nullptr || to_string(remark.other->id) < to_string(place.service->id))
    place.service = remark.other;
  const FieldRef reason = reason_of(remark.outsider.verdict.reason);
  if (reason.node != nullptr) place.reasons.push_back(reason);
}

// `presumed`: a Namespace document asks for no sidecars, which is not all that may inject them.
std::string message(const std::string& mode, const workspace::ResourceNode* service, bool presumed) {
  if (service == nullptr) {
    return fmt::format(
        "Calls fail (503): this rule sends mTLS ({}) to kubernetes.default, the API server, which has no "
        "sidecar",
        mode);
  }
  const std::string target = to_string(service->id);
  return presumed
             ? fmt::format(
                   "Calls fail (503) unless something else injects sidecars: this rule sends mTLS ({}) to "
                   "{}, whose Namespace asks for none",
                   mode, target)
             : fmt::format(
                   "Calls fail (503): this rule sends mTLS ({}) to {}, whose workloads have no sidecar", mode,
                   target);
}

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  std::map<workspace::ClauseRef, Place> places;
  for (const Remark& remark : context.graph().remarks(*rule)) {
    const bool ours = remark.kind == Remark::Kind::MutualToOutside || remark.kind == Remark::Kind::ApiServer;
    if (ours && is_mutual(*rule, remark.clause)) add(remark, places[remark.clause]);
  }
  for (auto& [clause, place] : places) {
    sort_unique(place.reasons);
    const std::string mode = clause_mode(*rule->rule().tls(clause));
    StoredFinding& finding =
        context.report(kMtls0103, tls_of(rule, clause), message(mode, place.service, place.presumed));
    if (workspace::is_wildcard(rule->host) || place.presumed) finding.severity = Severity::Warning;
    if (place.service == nullptr) finding.severity = Severity::Hint;
    finding.related = std::move(place.reasons);
    finding.related_message = place.presumed ? "no sidecar is asked for here" : "no sidecar because of this";
  }
}

void plan_fixes(FixContext& context) {
  const FieldRef& at = context.finding().at;
  const auto& rule = static_cast<const workspace::RuleNode&>(*at.node);
  if (!workspace::is_wildcard(rule.host)) return;
  std::set<const workspace::ResourceNode*> services;  // null: the API server
  for (const Remark& remark : context.graph().remarks(rule)) {
    const bool ours = remark.kind == Remark::Kind::MutualToOutside || remark.kind == Remark::Kind::ApiServer;
    if (ours && remark.clause == at.clause) services.insert(remark.other);
  }
  if (services.size() != 1) return;
  const workspace::EffectiveSettings& settings = context.graph().settings();
  const workspace::ResourceNode* service = *services.begin();
  const std::string name = service == nullptr ? "kubernetes" : service->id.name.str();
  const std::string ns = service == nullptr ? "default" : service->id.ns.str();
  // The server speaks plaintext only.
  context.insert_rule(name, service == nullptr ? settings.root_namespace : ns,
                      workspace::service_host(name, ns, settings.cluster_domain), "DISABLE", 0, true);
}

}  // namespace
}  // namespace checks::mtls0103

namespace checks {

const Check kMtls0103 = {.code = "MTLS0103",
                         .name = "mutual-to-workloads-outside",
                         .title = "A DestinationRule uses mTLS towards workloads without a sidecar",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .docs = mtls0103::kDocs,
                         .run = mtls0103::run,
                         .plan_fixes = mtls0103::plan_fixes};

}  // namespace checks
