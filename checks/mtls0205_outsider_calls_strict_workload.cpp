#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/callers.h"
#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0205 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A workload that has no sidecar, for sure, has in its `env`, `args` or `command`, or in a
ConfigMap that it takes its environment from, a URL or `host:port` of a Service all of
whose known workloads refuse plaintext on that port. In a ConfigMap it is shown there.)",
    .why = R"(A caller without a sidecar has no certificate of the mesh. A STRICT sidecar resets its
calls. Jobs, from which sidecars are often left out so that they end, are the usual case.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: http
      port: 80
      targetPort: 8080
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
apiVersion: batch/v1
kind: Job
metadata:
  name: import
  namespace: shop
spec:
  template:
    metadata:
      labels:
        sidecar.istio.io/inject: "false"
    spec:
      containers:
        - name: main
          image: example.com/import
          env:
            - name: CATALOG
              value: http://catalog.shop:80/items
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
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    app: catalog
  ports:
    - name: http
      port: 80
      targetPort: 8080
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
apiVersion: batch/v1
kind: Job
metadata:
  name: import
  namespace: shop
spec:
  template:
    metadata:
      labels:
        sidecar.istio.io/inject: "true"
    spec:
      containers:
        - name: main
          image: example.com/import
          env:
            - name: CATALOG
              value: http://catalog.shop:80/items
)",
    .fix_safety = R"(None is offered. By hand: give the caller a sidecar, or open the port with
`portLevelMtls`, which weakens.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/concepts/security/#permissive-mode",
};

// Whether a workload outside takes that key from the ConfigMap.
bool is_read_outside(const workspace::PolicyGraph& graph, const workspace::ResourceNode& config,
                     const workspace::CompactString& key) {
  const workspace::NamespaceNode* ns = graph.find_namespace(config.id.ns);
  const auto users = ns->config_users.find(config.id.name);
  if (users == ns->config_users.end()) return false;
  return std::any_of(users->second.begin(), users->second.end(), [&](const workspace::WorkloadNode* user) {
    const auto& sources = user->workload().rare->environment;
    const bool reads = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return source.config_map == config.id.name && (source.key.empty() || source.key == key);
    });
    return reads && graph.is_outside_caller(*ns, *user);
  });
}

// The texts that name hosts, by what they are for; null: nothing is called because of it.
const workspace::HostReference* called_by(const workspace::PolicyGraph& graph,
                                          const workspace::ResourceNode& node, std::int32_t index) {
  const auto at = static_cast<std::size_t>(index);
  if (const auto* config = std::get_if<workspace::ConfigMap>(&node.resource())) {
    const workspace::ConfigEntry& entry = config->calls[at];
    return is_read_outside(graph, node, entry.key) ? &entry.call : nullptr;
  }
  const auto& workload = static_cast<const workspace::WorkloadNode&>(node);
  const bool is_outside = graph.is_outside_caller(*graph.find_namespace(node.id.ns), workload);
  return is_outside ? &workload.workload().rare->calls[at] : nullptr;
}

// The calls of one text.
struct Text {
  std::int32_t index = 0;
  RefusedCall call;
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  const bool is_config = std::holds_alternative<workspace::ConfigMap>(node.resource());
  if (!is_config && !std::holds_alternative<workspace::Workload>(node.resource())) return;
  std::map<workspace::CompactString, Text> texts;  // by path
  for (auto& [index, call] : refused_calls(context.graph(), node, true)) {
    const workspace::HostReference* reference = called_by(context.graph(), node, index);
    if (reference == nullptr) continue;
    const auto [at, is_new] = texts.try_emplace(reference->path, Text{index, call});
    auto& modes = at->second.call.modes;
    if (!is_new) modes.insert(modes.end(), call.modes.begin(), call.modes.end());
  }
  for (auto& [path, text] : texts) {
    sort_unique(text.call.modes);
    const std::string what =
        fmt::format("{} calls {}", is_config ? "a workload without a sidecar" : "without a sidecar it",
                    to_string(text.call.service->id));
    report_refused(context, kMtls0205, {&node, Field::HostText, text.index, {}, 0}, std::move(text.call),
                   what);
  }
}

}  // namespace
}  // namespace checks::mtls0205

namespace checks {

const Check kMtls0205 = {
    .code = "MTLS0205",
    .name = "outsider-calls-strict-workload",
    .title = "A workload without a sidecar calls workloads that require mTLS",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(
        workspace::Kind::Pod, workspace::Kind::Deployment, workspace::Kind::StatefulSet,
        workspace::Kind::DaemonSet, workspace::Kind::ReplicaSet, workspace::Kind::Job,
        workspace::Kind::CronJob, workspace::Kind::OtherWorkload, workspace::Kind::ConfigMap),
    .docs = mtls0205::kDocs,
    .run = mtls0205::run,
    .plan_fixes = nullptr};

}  // namespace checks
