#include <fmt/format.h>

#include <map>
#include <set>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0104 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(An annotation `traffic.sidecar.istio.io/excludeInboundPorts` or `includeInboundPorts` that
keeps a port from every sidecar behind a Service port, while clients send mTLS there: by a
DestinationRule with ISTIO_MUTUAL, or by auto mTLS where the port's mode is not DISABLE. Not
where a webhook, a CustomResourceDefinition, an APIService, a monitor or the annotation
`prometheus.io/port` names the port, or a workload leaves it out of what its own sidecar
catches (`excludeOutboundPorts`): then callers are meant that have no sidecar.)",
    .why = R"(Clients do not know what the server's sidecar leaves out. Their mTLS arrives at the
application itself, which takes it for garbage: 503 from inside the mesh, although the same
port works for callers outside of it.)",
    .example = R"(apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: tcp
      port: 9000
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
      annotations:
        traffic.sidecar.istio.io/excludeInboundPorts: "9000"
    spec:
      containers:
        - name: main
          image: example.com/catalog
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
    - name: tcp
      port: 9000
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
      annotations:
        traffic.sidecar.istio.io/excludeInboundPorts: "9000"
    spec:
      containers:
        - name: main
          image: example.com/catalog
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  portLevelMtls:
    9000:
      mode: DISABLE
)",
    .fix_safety =
        R"(- *Set the port to DISABLE* in a workload policy, or *Insert a DestinationRule with DISABLE*
  for the port: both write down that its traffic is plaintext, which the annotation makes it
  anyway.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/annotations/",
};

using workspace::Remark;

FieldRef cause_of(const Remark& remark) {
  if (remark.other != nullptr) return tls_of(remark.other, remark.clause);
  return remark.chain->site.policy == nullptr ? FieldRef{} : mode_of(remark.chain->site);
}

struct Place {
  std::vector<FieldRef> related;
  workspace::BareCall first;
};

void run(CheckContext& context) {
  const workspace::ResourceNode& workload = context.subject();
  std::map<std::int32_t, Place> places;
  for (const Remark& remark : context.graph().remarks(workload)) {
    if (remark.kind != Remark::Kind::ToBarePort || !context.graph().bypasses_sidecar(remark)) continue;
    Place& place = places[remark.index];
    const bool comes_first =
        place.first.service == nullptr || std::pair(remark.bare.service->id, remark.bare.port) <
                                              std::pair(place.first.service->id, place.first.port);
    if (comes_first) place.first = remark.bare;
    if (const FieldRef cause = cause_of(remark); cause.node != nullptr) place.related.push_back(cause);
  }
  for (auto& [annotation, place] : places) {
    sort_unique(place.related);
    StoredFinding& finding = context.report(
        kMtls0104, {&workload, Field::ProxyField, annotation, {}, 0},
        fmt::format(
            "{} keeps port {} from its sidecar, but clients send mTLS to port {} of {}: it arrives at the "
            "application",
            to_string(workload.id), place.first.workload_port, place.first.port,
            to_string(place.first.service->id)));
    finding.related = std::move(place.related);
    finding.related_message = "mTLS because of this";
  }
}

void plan_fixes(FixContext& context) {
  const FieldRef& at = context.finding().at;
  std::set<workspace::BareCall> calls;
  for (const Remark& remark : context.graph().remarks(*at.node)) {
    const bool is_ours = remark.kind == Remark::Kind::ToBarePort && remark.index == at.entry;
    if (!is_ours || !context.graph().bypasses_sidecar(remark)) continue;
    calls.insert(remark.bare);
  }
  const workspace::NamespaceNode* ns = context.graph().find_namespace(at.node->id.ns);
  const bool is_one = !calls.empty() && calls.begin()->service == calls.rbegin()->service &&
                      calls.begin()->port == calls.rbegin()->port;
  if (!is_one || ns == nullptr) return;
  const workspace::BareCall& call = *calls.begin();
  const std::string name = call.service->id.name.str();
  if (!context.graph().is_root(ns->name)) {
    const auto& workload = static_cast<const workspace::WorkloadNode&>(*at.node);
    context.open_ports({context.graph().workload_policy(*ns, workload),
                        ns->name,
                        call.service->service().selector,
                        {call.workload_port},
                        name,
                        "DISABLE"});
  }
  context.insert_rule(name, ns->name,
                      workspace::service_host(name, ns->name, context.graph().settings().cluster_domain),
                      "DISABLE", call.port);
}

}  // namespace
}  // namespace checks::mtls0104

namespace checks {

const Check kMtls0104 = {.code = "MTLS0104",
                         .name = "mutual-to-a-port-without-sidecar",
                         .title = "Clients send mTLS to a port that the sidecar leaves out",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(
                             workspace::Kind::Pod, workspace::Kind::Deployment, workspace::Kind::StatefulSet,
                             workspace::Kind::DaemonSet, workspace::Kind::ReplicaSet, workspace::Kind::Job,
                             workspace::Kind::CronJob, workspace::Kind::OtherWorkload),
                         .docs = mtls0104::kDocs,
                         .run = mtls0104::run,
                         .plan_fixes = mtls0104::plan_fixes};

}  // namespace checks
