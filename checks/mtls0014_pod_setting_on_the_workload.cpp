#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0014 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A label or annotation `sidecar.istio.io/…` or `traffic.sidecar.istio.io/…` on the metadata
of a Deployment or another workload that is not on its pod template. `…/inject` only where
it says other than what holds: `true` for a workload without a sidecar, `false` for one
with.)",
    .why = R"(Istio reads these from pods. On the workload they have no effect: the port that was to be
excluded goes through the proxy and is held to mTLS, the probe that was to be left alone
is rewritten.)",
    .example = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
  annotations:
    traffic.sidecar.istio.io/excludeInboundPorts: "9090"
spec:
  template:
    metadata:
      labels:
        app: catalog
    spec:
      containers:
        - name: catalog
)",
    .fixed = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  template:
    metadata:
      labels:
        app: catalog
      annotations:
        traffic.sidecar.istio.io/excludeInboundPorts: "9090"
    spec:
      containers:
        - name: catalog
)",
    .fix_safety = R"(None is offered: it would take effect then, which may be long unwanted. Move it to
`spec.template.metadata`, or delete it.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/annotations/",
};

constexpr std::string_view kInject = "sidecar.istio.io/inject";

// Whether the value wants another proxy than the workload has.
bool says_otherwise(const workspace::PolicyGraph& graph, const workspace::WorkloadNode& node,
                    const workspace::CompactString& inject) {
  const workspace::Proxy proxy = graph.proxy_of(*graph.find_namespace(node.id.ns), &node).proxy;
  const bool has_proxy = is_sidecar(proxy) || proxy == workspace::Proxy::Gateway;
  return has_proxy ? inject == "false" : inject == "true";
}

void run(CheckContext& context) {
  const auto& node = static_cast<const workspace::WorkloadNode&>(context.subject());
  const auto& rare = node.workload().rare;
  if (!rare) return;
  for (std::size_t i = 0; i < rare->misplaced_fields.size(); ++i) {
    const workspace::MisplacedField& field = rare->misplaced_fields[i];
    if (field.key == kInject && !says_otherwise(context.graph(), node, field.value)) continue;
    const std::string_view what = field.annotation ? "annotation" : "label";
    context.report(kMtls0014, {&node, Field::Misplaced, static_cast<std::int32_t>(i), {}, 0},
                   fmt::format("{} {} has no effect on {}: Istio reads it from its pods; move it to the pod "
                               "template's {}s",
                               what, field.key, to_string(node.id), what));
  }
}

}  // namespace
}  // namespace checks::mtls0014

namespace checks {

const Check kMtls0014 = {.code = "MTLS0014",
                         .name = "pod-setting-on-the-workload",
                         .title = "A setting for pods stands on the workload, without effect",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(
                             workspace::Kind::Deployment, workspace::Kind::StatefulSet,
                             workspace::Kind::DaemonSet, workspace::Kind::ReplicaSet, workspace::Kind::Job,
                             workspace::Kind::CronJob, workspace::Kind::OtherWorkload),
                         .by_itself = true,
                         .docs = mtls0014::kDocs,
                         .run = mtls0014::run,
                         .plan_fixes = nullptr};

}  // namespace checks
