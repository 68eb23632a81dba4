#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "checks/check_list.h"
#include "checks/conflicts.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0008 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A key of `portLevelMtls` that is the port of a Service and not the port that its workloads
listen on: no known workload of the policy has a container port of that number, no
Service over them sends to it, and one maps it to another.)",
    .why = R"(`portLevelMtls` counts the ports of workloads, which is where the proxy takes the call. The
entry applies to no call, so the port keeps the mode around it: a port that was to be
opened for a scraper or a health check stays STRICT and refuses it, and one that was to
be STRICT goes on accepting plaintext.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
  portLevelMtls:
    80:
      mode: PERMISSIVE
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
apiVersion: v1
kind: Pod
metadata:
  name: catalog
  namespace: shop
  labels:
    app: catalog
spec:
  containers:
    - name: catalog
      ports:
        - containerPort: 8080
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
  portLevelMtls:
    8080:
      mode: PERMISSIVE
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
apiVersion: v1
kind: Pod
metadata:
  name: catalog
  namespace: shop
  labels:
    app: catalog
spec:
  containers:
    - name: catalog
      ports:
        - containerPort: 8080
)",
    .fix_safety = R"(Write the port that the Service sends to; preferred, since the mode that stands there was
meant for it. Not offered where that port has an entry already. It says so where the
mode takes plaintext.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
};

using workspace::ServiceNode;
using workspace::WorkloadNode;

// The workload port that a Service's port leads to; none: a name that no workload has.
std::optional<std::uint32_t> target_of(const workspace::ServicePort& port,
                                       const std::vector<WorkloadNode*>& workloads) {
  if (const auto* number = std::get_if<std::uint32_t>(&port.target)) return *number;
  const auto* name = std::get_if<workspace::CompactString>(&port.target);
  if (name == nullptr) return port.port;
  for (const WorkloadNode* workload : workloads) {
    if (const auto number = workload->workload().named_port(name->view())) return number;
  }
  return std::nullopt;
}

// A Service's port, and where it leads.
struct Mapping {
  const ServiceNode* service = nullptr;
  std::int32_t index = 0;  // into the service's ports
  std::uint32_t port = 0;
  std::uint32_t target = 0;
};

// What is known of the ports behind a policy.
struct Ports {
  std::set<std::uint32_t> taken;  // container ports, and what Services send to
  std::vector<Mapping> mappings;  // by the Services' hosts

  [[nodiscard]] std::vector<Mapping> mappings_of(std::uint32_t port) const {
    std::vector<Mapping> found;
    for (const Mapping& mapping : mappings) {
      if (mapping.port == port && mapping.target != port) found.push_back(mapping);
    }
    return found;
  }
};

void add_service(const workspace::PolicyGraph& graph, const workspace::NamespaceNode& ns,
                 const ServiceNode& service, const std::vector<WorkloadNode*>& workloads, Ports& into) {
  const workspace::Service& decoded = service.service();
  if (decoded.selector.empty()) return;
  std::vector<WorkloadNode*> behind;
  for (WorkloadNode* workload : workloads) {
    if (graph.selects(decoded.selector, ns, *workload)) behind.push_back(workload);
  }
  if (behind.empty()) return;
  for (std::size_t i = 0; i < decoded.ports.size(); ++i) {
    const auto target = target_of(decoded.ports[i], behind);
    if (!target) continue;
    into.taken.insert(*target);
    into.mappings.push_back({&service, static_cast<std::int32_t>(i), decoded.ports[i].port, *target});
  }
}

std::optional<Ports> ports_behind(const workspace::PolicyGraph& graph, const workspace::PolicyNode& policy) {
  const workspace::NamespaceNode* ns = graph.find_namespace(policy.id.ns);
  if (ns == nullptr) return std::nullopt;
  const auto workloads = graph.matching_workloads(*ns, policy.policy().selector);
  if (workloads.empty()) return std::nullopt;
  Ports ports;
  for (const WorkloadNode* workload : workloads) {
    for (const auto& port : workload->workload().ports) ports.taken.insert(port.port);
  }
  for (const auto& [host, service] : ns->services) add_service(graph, *ns, *service, workloads, ports);
  return ports;
}

// The entries that name a Service's port, with what that leads to.
template <class Tell>
void for_each_misnamed(const workspace::PolicyGraph& graph, const workspace::PolicyNode& node,
                       const Tell& tell) {
  const workspace::PeerAuthentication& policy = node.policy();
  // In the root namespace a policy with a selector applies to nothing (MTLS0002).
  if (!policy.has_selector() || policy.port_level.empty() || graph.is_root(node.id.ns)) return;
  const auto ports = ports_behind(graph, node);
  if (!ports) return;
  for (std::size_t i = 0; i < policy.port_level.size(); ++i) {
    const auto& port = policy.port_level[i].port;
    if (!port || ports->taken.contains(*port)) continue;
    const std::vector<Mapping> meant = ports->mappings_of(*port);
    if (!meant.empty()) tell(static_cast<std::int32_t>(i), meant);
  }
}

void run(CheckContext& context) {
  const workspace::PolicyNode& policy = *context.policy();
  for_each_misnamed(context.graph(), policy, [&](std::int32_t entry, const std::vector<Mapping>& meant) {
    const Mapping& mapping = meant.front();
    StoredFinding& finding = context.report(
        kMtls0008, {&policy, Field::PortKey, entry, {}, 0},
        fmt::format("{} sets a mode for port {}, where no workload listens: {} maps {} to {}, so write {}",
                    to_string(policy.id), mapping.port, to_string(mapping.service->id), mapping.port,
                    mapping.target, mapping.target));
    for (const Mapping& each : meant)
      finding.related.push_back({each.service, Field::ServicePort, each.index, {}, 0});
    sort_unique(finding.related);
    finding.related_message = "the Service's port";
  });
}

void plan_fixes(FixContext& context) {
  const FieldRef& site = context.finding().at;
  const auto& policy = static_cast<const workspace::PolicyNode&>(*site.node);
  for_each_misnamed(context.graph(), policy, [&](std::int32_t entry, const std::vector<Mapping>& meant) {
    const Mapping& mapping = meant.front();
    const bool is_one = std::all_of(meant.begin(), meant.end(), [&mapping](const Mapping& each) {
      return each.target == mapping.target;
    });
    if (!is_one) return;  // nobody says which is meant
    if (entry != site.entry || policy.policy().port(mapping.target) != nullptr) return;
    const workspace::MtlsMode mode = policy.policy().port_level[static_cast<std::size_t>(entry)].mode.mode;
    FixPlan plan;
    plan.weakens = mode == workspace::MtlsMode::Permissive || mode == workspace::MtlsMode::Disable;
    plan.preferred = true;
    plan.title = fmt::format("Change port {} to {}{}", mapping.port, mapping.target,
                             plan.weakens ? " (weakens: plaintext is accepted there)" : "");
    plan.renames.push_back({site.node, path_of(site), std::to_string(mapping.target)});
    context.add(std::move(plan));
  });
}

}  // namespace
}  // namespace checks::mtls0008

namespace checks {

const Check kMtls0008 = {.code = "MTLS0008",
                         .name = "port-level-names-the-service-port",
                         .title = "portLevelMtls names the port of the Service and not of its workloads",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                         .docs = mtls0008::kDocs,
                         .run = mtls0008::run,
                         .plan_fixes = mtls0008::plan_fixes};

}  // namespace checks
