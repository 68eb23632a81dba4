#include <fmt/format.h>

#include <algorithm>

#include "checks/callers.h"
#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0203 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(An httpGet or grpc probe of a pod whose annotation `sidecar.istio.io/rewriteAppHTTPProbers`
is "false" (or `sidecarInjectorWebhook.rewriteAppHTTPProbe` in the values of an
IstioOperator), while its sidecar takes the probe's port and its mode is STRICT.)",
    .why = R"(The kubelet has no certificate of the mesh. Without the rewriting it calls the port itself,
the sidecar resets the connection, and the pod never gets ready or is restarted over and
over.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
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
        sidecar.istio.io/rewriteAppHTTPProbers: "false"
    spec:
      containers:
        - name: main
          image: example.com/catalog
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
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
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
)",
    .fix_safety = R"(- *Remove the annotation*: the sidecar then answers the probes.
- *Set the port to PERMISSIVE*, in the workload policy that decides or in a new one for the
  workload: weakens; plaintext is accepted there too, by whoever calls.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/",
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  const auto& probes = node.as<workspace::Workload>().probes;
  if (probes.empty()) return;
  for (auto& [index, call] : refused_calls(context.graph(), node, false)) {
    const workspace::Probe& probe = probes[static_cast<std::size_t>(index)];
    const std::string what = fmt::format("the kubelet makes its {} in plaintext", probe_name(probe.kind));
    report_refused(context, kMtls0203, {&node, Field::ProbePort, index, {}, 0}, std::move(call), what);
  }
}

// The selector of the only Service that a workload is behind, else its own labels.
const workspace::ServiceNode* only_service(const workspace::NamespaceNode& ns,
                                           const workspace::Workload& workload) {
  const workspace::ServiceNode* found = nullptr;
  for (const auto& [host, service] : ns.services) {
    const workspace::Labels& selector = service->service().selector;
    if (selector.empty() || !is_subset(selector, workload.labels)) continue;
    if (found != nullptr) return nullptr;
    found = service;
  }
  return found;
}

void open_probed_port(FixContext& context, const workspace::WorkloadNode& node) {
  const workspace::Workload& workload = node.workload();
  const workspace::NamespaceNode* ns = context.graph().find_namespace(node.id.ns);
  if (ns == nullptr) return;
  const std::uint32_t port = workload.probes[static_cast<std::size_t>(context.finding().at.entry)].port;
  const workspace::ServiceNode* service = only_service(*ns, workload);
  open_ports_of(context, *ns, {{&node, port}},
                service != nullptr ? service->service().selector : workload.labels, node.id.name);
}

void plan_fixes(FixContext& context) {
  const auto& node = static_cast<const workspace::WorkloadNode&>(*context.finding().at.node);
  const auto& fields = node.workload().fields;
  const auto at = std::find_if(fields.begin(), fields.end(), [](const workspace::ProxyField& field) {
    return field.setting == workspace::ProxySetting::RewriteProbes;
  });
  if (at != fields.end()) {
    const FieldRef annotation{
        &node, Field::ProxyField, static_cast<std::int32_t>(at - fields.begin()), {}, 0};
    context.remove_entry(&node, path_of(annotation),
                         fmt::format("Remove the annotation {}", setting_key(at->setting)));
  }
  open_probed_port(context, node);
}

}  // namespace
}  // namespace checks::mtls0203

namespace checks {

const Check kMtls0203 = {.code = "MTLS0203",
                         .name = "probe-of-strict-workload",
                         .title = "Probes are not rewritten, and the workload requires mTLS",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(
                             workspace::Kind::Pod, workspace::Kind::Deployment, workspace::Kind::StatefulSet,
                             workspace::Kind::DaemonSet, workspace::Kind::ReplicaSet, workspace::Kind::Job,
                             workspace::Kind::CronJob, workspace::Kind::OtherWorkload),
                         .docs = mtls0203::kDocs,
                         .run = mtls0203::run,
                         .plan_fixes = mtls0203::plan_fixes};

}  // namespace checks
