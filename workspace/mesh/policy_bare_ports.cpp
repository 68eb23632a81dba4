// Ports that no sidecar takes, by annotation, though clients send mTLS there (section 7, MTLS0104).
#include <algorithm>
#include <utility>
#include <vector>

#include "workspace/mesh/policy_graph.h"

namespace workspace {

namespace {

// The numbers of a comma-separated annotation; what is no number is left out.
std::vector<std::uint32_t> port_list(std::string_view text) {
  std::vector<std::uint32_t> ports;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string word(text.substr(0, end));
    std::erase(word, ' ');
    if (const auto port = decode_number(word)) ports.push_back(*port);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ports;
}

bool names_port(const ProxyFields& fields, const BareCall& call) {
  const ProxyField* field = find_field(fields, ProxySetting::PrometheusPort);
  if (field == nullptr) return false;
  const std::vector<std::uint32_t> ports = port_list(field->value.value.view());
  return std::any_of(ports.begin(), ports.end(),
                     [&call](std::uint32_t port) { return port == call.port || port == call.workload_port; });
}

// Those of the pods themselves, which no annotation makes a sidecar's.
bool is_proxys_own(std::uint32_t port) { return port == 15020 || port == 15021 || port == 15090; }

}  // namespace

void PolicyGraph::emit_to_bare(const TargetView& view, const RuleGroup::Chosen& chosen, const Labels* subset,
                               std::uint32_t port, Collected& found) {
  const bool any_annotated =
      std::any_of(view.matching.begin(), view.matching.end(), [](const WorkloadNode* node) {
        const ProxyFields& fields = node->workload().fields;
        return find_field(fields, ProxySetting::IncludeInboundPorts) != nullptr ||
               find_field(fields, ProxySetting::ExcludeInboundPorts) != nullptr;
      });
  if (!any_annotated) return;
  for (const WorkloadNode* node : view.matching) {
    const auto at = workload_port(view.service, node, port);
    if (!at) continue;
    if (*at == 0) return;
    if (is_sidecar(proxy_of(view.ns, node).proxy) && takes_port(&node->workload(), *at)) return;
  }
  const ClientConfig config = client_config(view, chosen, port);
  if (config.kind == ClientConfigKind::NoClause || !config.outsiders.empty()) return;
  for (const Server& server : servers(view, subset)) {
    if (server.workload == nullptr) continue;
    const auto at = workload_port(view.service, server.workload, port);
    const std::int32_t annotation = at ? annotation_against(server.workload->workload(), *at) : -1;
    if (annotation < 0 || is_proxys_own(*at)) continue;
    Remark remark;
    remark.kind = Remark::Kind::ToBarePort;
    remark.at = const_cast<WorkloadNode*>(server.workload);
    remark.index = annotation;
    remark.chain = &chain(view.ns, server.policy, *at);
    if (config.has_clause()) {
      remark.other = config.owner;
      remark.clause = config.clause;
    }
    remark.bare = {view.node, port, *at, config.kind};
    found.remarks.push_back(remark);
  }
}

void PolicyGraph::count_bare(const Remark& remark, int by) {
  if (remark.kind != Remark::Kind::ToBarePort) return;
  const auto change = [&](auto& all, const auto& key) {
    const auto of_key = all.try_emplace(key).first;
    auto& workloads = of_key->second;
    auto& uses = workloads[remark.at];
    uses += static_cast<std::uint32_t>(by);
    if (uses == 0) workloads.erase(remark.at);
    if (workloads.empty()) all.erase(of_key);
  };
  change(bare_, remark.at->id.ns.str());
  change(bare_watchers_, static_cast<const void*>(remark.chain));
  if (remark.other != nullptr) change(bare_watchers_, static_cast<const void*>(remark.other));
}

// Of a rule or chain whose modes changed.
void PolicyGraph::mark_bare(const void* deciding) {
  const auto at = bare_watchers_.find(deciding);
  if (at == bare_watchers_.end()) return;
  for (const auto& [workload, uses] : at->second) mark(workload);
}

void PolicyGraph::mark_bare_in(std::string_view ns) {
  const auto at = bare_.find(ns);
  if (at == bare_.end()) return;
  for (const auto& [workload, uses] : at->second) mark(workload);
}

// What names ports comes or goes.
void PolicyGraph::touch_bare(const ResourceNode& node) {
  if (bare_.empty()) return;
  if (node.id.kind == Kind::Service) return mark_bare_in(node.id.ns);
  if (const auto* calls = std::get_if<ApiServerCalls>(&node.resource())) {
    for (const ServiceCall& call : calls->calls) mark_bare_in(call.ns);
  } else if (std::holds_alternative<Monitor>(node.resource())) {
    for (const CompactString& name : scope_of(node).namespaces) {
      if (name != "*") {
        mark_bare_in(name);
        continue;
      }
      for (const auto& [ns, workloads] : bare_) mark_bare_in(ns);
    }
  }
}

void PolicyGraph::count_outbound(const WorkloadNode& node, int by) {
  const ProxyField* field = find_field(node.workload().fields, ProxySetting::ExcludeOutboundPorts);
  if (field == nullptr) return;
  for (const std::uint32_t port : port_list(field->value.value.view())) {
    const auto at = excluded_outbound_.try_emplace(port, 0).first;
    at->second += static_cast<std::uint32_t>(by);
    if (at->second == 0) excluded_outbound_.erase(at);
  }
  for (const auto& [ns, workloads] : bare_) mark_bare_in(ns);
}

bool PolicyGraph::is_monitored(const NamespaceNode& ns, const WorkloadNode& workload,
                               const BareCall& call) const {
  const auto reaches = [&](const std::vector<Reached>& reached) {
    return std::any_of(reached.begin(), reached.end(), [&](const Reached& each) {
      return each.workload == &workload && each.port == call.workload_port;
    });
  };
  for (const auto& [host, service] : ns.services) {
    const Labels& selector = service->service().selector;
    if (selector.empty() || !selects(selector, ns, workload)) continue;
    const TargetView view = view_of(const_cast<NamespaceNode&>(ns), host.view());
    for (const CallerRef& ref : caller_index_.calls_to(*service, true)) {
      if (!std::holds_alternative<Monitor>(ref.node->resource())) continue;
      const auto* name = std::get_if<CompactString>(&ref.port);
      const auto& ports = service->service().ports;
      const bool is_port = service == call.service && !ref.of_container && name != nullptr &&
                           std::any_of(ports.begin(), ports.end(), [&](const ServicePort& port) {
                             return port.port == call.port && port.name.value == *name;
                           });
      if (is_port || (service->service().type != ServiceType::ExternalName && reaches(reached_by(ref, view))))
        return true;
    }
  }
  std::vector<std::pair<Labels::value_type, bool>> labels;
  for (const auto& label : workload.workload().labels) labels.emplace_back(label, true);
  for (const ResourceNode* node : caller_index_.pod_monitors(ns.name, labels)) {
    const auto& monitor = node->as<Monitor>();
    if (!monitor.selector.empty() && !selects(monitor.selector, ns, workload)) continue;
    for (const MonitorEndpoint& endpoint : monitor.endpoints) {
      const PortRef port = endpoint.port.value.empty() ? endpoint.target : PortRef(endpoint.port.value);
      const auto* number = std::get_if<std::uint32_t>(&port);
      const auto* name = std::get_if<CompactString>(&port);
      if (number != nullptr && *number == call.workload_port) return true;
      if (name != nullptr && workload.workload().named_port(*name) == call.workload_port) return true;
    }
  }
  return false;
}

bool PolicyGraph::is_port_named(const WorkloadNode& workload, const BareCall& call) const {
  if (excluded_outbound_.contains(call.port) || excluded_outbound_.contains(call.workload_port)) return true;
  if (names_port(workload.workload().fields, call) || names_port(call.service->service().fields, call))
    return true;
  for (const CallerRef& ref : caller_index_.calls_to(*call.service, true)) {
    const auto* calls = std::get_if<ApiServerCalls>(&ref.node->resource());
    if (calls == nullptr) continue;
    const std::uint32_t port = calls->calls[static_cast<std::size_t>(ref.index)].port;
    if (port == call.port || port == call.workload_port) return true;
  }
  const NamespaceNode* ns = find_namespace(workload.id.ns);
  return ns != nullptr && is_monitored(*ns, workload, call);
}

bool PolicyGraph::bypasses_sidecar(const Remark& remark) const {
  const PolicyChain& chain = *remark.chain;
  const bool adapts = chain.ns_mode == MtlsMode::Disable;
  if (remark.other != nullptr) {
    const auto& rule = static_cast<const RuleNode&>(*remark.other);
    if (rule.rule().tls(remark.clause)->mode != TlsMode::IstioMutual) return false;
    if (remark.bare.sends == ClientConfigKind::HiddenClause && adapts) return false;
  } else if (adapts || chain.mode == MtlsMode::Disable) {
    return false;
  }
  return !is_port_named(static_cast<const WorkloadNode&>(*remark.at), remark.bare);
}

}  // namespace workspace
