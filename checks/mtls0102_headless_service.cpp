#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0102 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(With auto mTLS on: a call without `tls` to a headless service (`clusterIP: None`, or a
DestinationRule with `loadBalancer.simple: PASSTHROUGH`) fails. Either a workload or a
port behind it is DISABLE and clients send mTLS, or some workload behind it has no
sidecar, so that clients send plaintext to all, and another one is STRICT.)",
    .why = R"(For an ordinary service clients choose per workload what to send. For a headless one
Envoy has one setting for all: mTLS if every workload behind it has a sidecar, else
plaintext. A port that is exempted from mTLS then gets mTLS nevertheless: 503 from inside
the mesh, although the same policy works for a service with a cluster IP.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  mtls:
    mode: DISABLE
---
apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: database
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  template:
    metadata:
      labels:
        app: database
    spec:
      containers:
        - name: main
          image: example.com/database
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  mtls:
    mode: DISABLE
---
apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: database
  ports:
    - name: tcp
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: database
  namespace: shop
spec:
  selector:
    matchLabels:
      app: database
  template:
    metadata:
      labels:
        app: database
    spec:
      containers:
        - name: main
          image: example.com/database
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: database
  namespace: shop
spec:
  host: "database.shop.svc.cluster.local"
  trafficPolicy:
    tls:
      mode: DISABLE
)",
    .fix_safety =
        R"(- Against STRICT: *Set the policy to PERMISSIVE*: weakens; its workloads accept plaintext.
- Against DISABLE: *Insert a DestinationRule with DISABLE* for the service or its port, or
  complete the one that is there: writes down that its traffic is plaintext; weakens where
  other workloads behind it take mTLS.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls",
};

using workspace::ClientConfig;
using workspace::Failure;

// What makes the service headless, and what takes the others out.
void add_reasons(const ClientConfig& client, bool plaintext, std::vector<FieldRef>& related) {
  const bool by_rule = client.owner->id.kind == workspace::Kind::DestinationRule;
  related.push_back({client.owner, by_rule ? Field::LoadBalancer : Field::ClusterIp, -1, client.clause, 0});
  if (!plaintext) return;
  for (const workspace::Outsider& outsider : client.outsiders) {
    const FieldRef reason = reason_of(outsider.verdict.reason);
    if (reason.node != nullptr) related.push_back(reason);
  }
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  std::map<std::int32_t, std::vector<FieldRef>> places;
  std::map<std::int32_t, bool> plaintext;
  for (const workspace::PolicyChain* chain : policy->decides) {
    for (const workspace::Edge* edge : chain->edges) {
      const bool is_plaintext = edge->failure == Failure::HeadlessPlaintextToStrict;
      if (!is_plaintext && edge->failure != Failure::HeadlessMutualToDisable) continue;
      add_reasons(*edge->client_config, is_plaintext, places[chain->site.port]);
      plaintext[chain->site.port] = is_plaintext;
    }
  }
  for (auto& [port, related] : places) {
    sort_unique(related);
    const auto headless = std::find_if(related.begin(), related.end(), [](const FieldRef& site) {
      return site.field == Field::ClusterIp || site.field == Field::LoadBalancer;
    });
    StoredFinding& finding =
        context.report(kMtls0102, {policy, Field::Mode, port, {}, 0},
                       plaintext[port] ? fmt::format("Calls fail (503): this policy is STRICT, but {} is "
                                                     "headless and not all its workloads have a "
                                                     "sidecar, so auto mTLS sends plaintext",
                                                     to_string(headless->node->id))
                                       : fmt::format("Calls fail (503): this policy is DISABLE, but {} is "
                                                     "headless, so auto mTLS sends mTLS to all "
                                                     "its workloads",
                                                     to_string(headless->node->id)));
    finding.related = std::move(related);
    finding.related_message = "headless, or without a sidecar, because of this";
  }
}

// The Service's ports that lead to a port whose mode this field decides.
std::vector<std::uint32_t> decided_ports(const workspace::PolicyGraph& graph,
                                         const workspace::TargetView& view, const FieldRef& mode) {
  std::vector<std::uint32_t> ports;
  const std::vector<workspace::Server> servers = graph.servers(view, nullptr);
  for (const std::uint32_t port : workspace::call_ports(view.service, nullptr)) {
    const bool is_decided = std::any_of(servers.begin(), servers.end(), [&](const workspace::Server& server) {
      const auto at = workspace::workload_port(view.service, server.workload, port);
      return at && mode_of(graph.resolve(&view.ns, server.policy, *at).site) == mode;
    });
    if (is_decided) ports.push_back(port);
  }
  return ports;
}

// The rule of the Service's own namespace for its host; null: there is none.
const workspace::RuleNode* own_rule(const workspace::PolicyGraph& graph, const workspace::TargetView& view) {
  const workspace::HostEntry* entry = graph.rules().find(view.host);
  const workspace::HostRules* rules = entry == nullptr ? nullptr : entry->in(view.ns.name);
  if (rules == nullptr) return nullptr;
  const auto at = std::find_if(rules->rules.begin(), rules->rules.end(), [](const workspace::RuleNode* rule) {
    return !rule->rule().has_workload_selector();
  });
  return at == rules->rules.end() ? nullptr : *at;
}

// Gives a rule DISABLE for a port; `all`: the service has no other.
void complete_rule(FixContext& context, const workspace::RuleNode& rule, std::uint32_t port, bool all) {
  const workspace::PortTls* entry = rule.rule().policy ? rule.rule().policy->port(port) : nullptr;
  if (entry == nullptr && !all) return;
  const std::string holder = entry == nullptr
                                 ? std::string("spec.trafficPolicy")
                                 : fmt::format("spec.trafficPolicy.portLevelSettings[{}]", entry->index);
  FixPlan plan;
  plan.weakens = true;
  plan.title = fmt::format("Set {} to DISABLE for port {} (weakens: traffic is not encrypted)",
                           to_string(rule.id), port);
  plan.entries.push_back({&rule, holder + ".tls", {"mode", "DISABLE", {}}});
  context.add(std::move(plan));
}

void disable_ports(FixContext& context, const workspace::ResourceId& service) {
  const workspace::PolicyGraph& graph = context.graph();
  const auto ns = graph.namespaces().find(service.ns.view());
  if (ns == graph.namespaces().end()) return;
  const std::string host = workspace::service_host(service.name, service.ns, graph.settings().cluster_domain);
  const workspace::TargetView view = graph.view_of(*ns->second, host);
  if (view.service == nullptr) return;
  const std::vector<std::uint32_t> ports = decided_ports(graph, view, context.finding().at);
  const bool all = ports.size() == workspace::call_ports(view.service, nullptr).size();
  if (ports.empty() || (ports.size() > 1 && !all)) return;
  if (const workspace::RuleNode* rule = own_rule(graph, view)) {
    if (ports.size() == 1) complete_rule(context, *rule, ports.front(), all);
    return;
  }
  context.insert_rule(service.name.str(), service.ns.str(), host, "DISABLE", all ? 0 : ports.front());
}

void plan_fixes(FixContext& context) {
  const StoredFinding& finding = context.finding();
  const auto& policy = static_cast<const workspace::PolicyNode&>(*finding.at.node);
  const bool strict = policy.policy().mode_at(finding.at.entry).mode == workspace::MtlsMode::Strict;
  if (strict) return context.set_policies("PERMISSIVE");
  const auto service = std::find_if(finding.related.begin(), finding.related.end(),
                                    [](const FieldRef& site) { return site.field == Field::ClusterIp; });
  if (service != finding.related.end()) disable_ports(context, service->node->id);
}

}  // namespace
}  // namespace checks::mtls0102

namespace checks {

const Check kMtls0102 = {.code = "MTLS0102",
                         .name = "headless-service",
                         .title = "Auto mTLS does not adapt to the workloads of a headless service",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = mtls0102::kDocs,
                         .run = mtls0102::run,
                         .plan_fixes = mtls0102::plan_fixes};

}  // namespace checks
