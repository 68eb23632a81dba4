// Calls of those that have no certificate of the mesh: which policies decide whether they are refused
// (section 7, MTLS0201 to MTLS0205).
#include <algorithm>
#include <set>

#include "workspace/mesh/host_name.h"
#include "workspace/mesh/policy_graph.h"
#include "workspace/resources/name_keys.h"

namespace workspace {

namespace {

const ServicePort* declared_port(const Service& service, const PortRef& wanted) {
  const auto* number = std::get_if<std::uint32_t>(&wanted);
  const auto* name = std::get_if<CompactString>(&wanted);
  const auto at = std::find_if(service.ports.begin(), service.ports.end(), [&](const ServicePort& port) {
    if (port.protocol() == Protocol::Udp) return false;
    return number != nullptr ? port.port == *number : name != nullptr && port.name.value == *name;
  });
  return at == service.ports.end() ? nullptr : &*at;
}

std::optional<std::uint32_t> container_port(const Workload& workload, const PortRef& wanted) {
  if (const auto* number = std::get_if<std::uint32_t>(&wanted)) return *number;
  const auto* name = std::get_if<CompactString>(&wanted);
  return name == nullptr ? std::nullopt : workload.named_port(*name);
}

// Whether no proxy can be behind it. Source: section 3.1.
bool has_no_proxy(const TargetView& view) {
  return is_system_namespace(view.ns.name) || view.service->type == ServiceType::ExternalName ||
         (view.ns.name == "default" && view.node->id.name == "kubernetes");
}

// Whether a finding on it, or on a ConfigMap that it reads, rests on its proxy.
bool depends_on_proxy(const Workload& workload) {
  return workload.rare && (!workload.rare->calls.empty() || !workload.rare->environment.empty() ||
                           !workload.rare->misplaced_fields.empty());
}

}  // namespace

bool refuses_plaintext(const Remark& call) {
  if (call.chain == nullptr || call.chain->mode != MtlsMode::Strict) return false;
  return call.outsider.verdict.proxy == Proxy::Sidecar || !call.chain->fell_through_to_mesh;
}

bool PolicyGraph::is_outside_caller(const NamespaceNode& ns, const WorkloadNode& node) const {
  return proxy_of(ns, &node).proxy == Proxy::Outside;
}

bool PolicyGraph::rewrites_probes(const Workload& workload) const {
  const ProxyField* field = find_field(workload.fields, ProxySetting::RewriteProbes);
  return field == nullptr ? settings_.rewrite_probes : field->value.value != "false";
}

// ---------------------------------------------------------------- changes coming in

void PolicyGraph::change_caller(ResourceNode* node, bool add) {
  std::vector<CallerIndex::Named> called = CallerIndex::named_by(node, settings_.cluster_domain);
  for (const CallerIndex::Named& named : called) {
    NamespaceNode* ns = lookup_namespace(named.ns);
    if (ns != nullptr) touch_host(*ns, service_host(named.name, named.ns, settings_.cluster_domain));
  }
  const bool is_monitor = std::holds_alternative<Monitor>(node->resource());
  if (add) {
    caller_index_.add(node, std::move(called));
  } else {
    caller_index_.remove(node, called);
    if (caller_configs_.contains(node)) removed_callers_.push_back(node);
  }
  if (is_monitor) changed_monitors_.push_back(scope_of(*node));
}

void PolicyGraph::change_config_map(ResourceNode* node, bool add) {
  const auto* config = std::get_if<ConfigMap>(&node->resource());
  if (config == nullptr || config->calls.empty() || node->id.name.empty()) return;
  NamespaceNode& ns = known(node->id.ns);
  if (add) {
    ns.config_maps[node->id.name] = node;
  } else {
    ns.config_maps.erase(node->id.name);
  }
}

void PolicyGraph::change_calling_workload(WorkloadNode* node, bool add) {
  const Workload& workload = node->workload();
  const bool is_probed = !workload.probes.empty() && !rewrites_probes(workload);
  if (!is_probed && !depends_on_proxy(workload)) return;
  NamespaceNode& ns = known(node->id.ns);
  if (add) {
    ns.callers.push_back(node);
  } else {
    std::erase(ns.callers, node);
    caller_proxies_.erase(node);
  }
  if (!workload.rare) return;
  for (const EnvironmentSource& source : workload.rare->environment) {
    auto& users = ns.config_users[source.config_map];
    std::erase(users, node);
    if (add) users.push_back(node);
    if (users.empty()) ns.config_users.erase(source.config_map);
    if (const auto at = ns.config_maps.find(source.config_map); at != ns.config_maps.end()) mark(at->second);
  }
}

void PolicyGraph::touch_monitored(NamespaceNode& ns, const MonitorScope& scope) {
  if (ns.targets_dirty) return;
  if (scope.kind == Kind::ServiceMonitor) {
    for (const auto& [host, service] : ns.services) {
      if (is_subset(scope.selector, service->service().labels)) touch_host(ns, host.view());
    }
  } else if (scope.selector.empty() || !matching_workloads(ns, scope.selector).empty()) {
    ns.pods_called_dirty = true;
    queue(ns);
  }
}

// Has the calls computed again that changed monitors make.
void PolicyGraph::queue_monitored() {
  for (const MonitorScope& scope : std::exchange(changed_monitors_, {})) {
    for (const CompactString& name : scope.namespaces) {
      if (name == "*") {
        for (const auto& [key, ns] : namespaces_) touch_monitored(*ns, scope);
      } else if (NamespaceNode* ns = lookup_namespace(name)) {
        touch_monitored(*ns, scope);
      }
    }
  }
}

// ---------------------------------------------------------------- calls

void PolicyGraph::emit_reached(NamespaceNode& ns, const CallerRef& ref, const ResourceNode* service,
                               const std::vector<Reached>& reached, Collected& found) {
  Remark remark{Remark::Kind::Call, ref.node, {}, service, ref.index, nullptr, {}};
  std::vector<std::pair<const WorkloadNode*, Proxy>> servers;
  for (const auto& [workload, port] : reached) {
    const Proxy proxy = proxy_of(ns, workload).proxy;
    if (is_sidecar(proxy) && takes_port(&workload->workload(), port)) {
      servers.emplace_back(workload, proxy);
    } else if (service == nullptr) {
      found.remarks.push_back(remark);  // pods of other namespaces may be called, too
      return;
    } else {
      return;
    }
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto& [workload, proxy] = servers[i];
    PolicyChain& asked = chain(ns, workload_policy(ns, *workload), reached[i].port);
    auto [config, is_new] = caller_configs_.try_emplace(ref.node);
    if (is_new) config->second = ClientConfig{ClientConfigKind::Caller, ref.node, {}};
    found.edges.push_back({acquire(config->second, asked), 0});
    remark.chain = &asked;
    remark.outsider.verdict.proxy = proxy;
    found.remarks.push_back(remark);
  }
}

std::vector<Reached> PolicyGraph::reached_by(const CallerRef& ref, const TargetView& view) {
  std::vector<Reached> reached;
  const ServicePort* port = ref.of_container ? nullptr : declared_port(*view.service, ref.port);
  if (port == nullptr && !ref.of_container) return reached;
  for (const WorkloadNode* workload : view.matching) {
    const auto at = port == nullptr ? container_port(workload->workload(), ref.port)
                                    : workload_port(view.service, workload, port->port);
    if (at) reached.push_back({workload, *at});
  }
  return reached;
}

void PolicyGraph::compute_called(NamespaceNode& ns, std::string_view host) {
  std::vector<CallerRef> refs;
  const auto service = ns.services.find(host);
  if (service != ns.services.end()) refs = caller_index_.calls_to(*service->second);
  auto at = ns.called.find(host);
  if (refs.empty() && at == ns.called.end()) return;
  Collected found;
  if (!refs.empty()) {
    const TargetView view = view_of(ns, host);
    if (!has_no_proxy(view)) {
      for (const CallerRef& ref : refs) emit_reached(ns, ref, view.node, reached_by(ref, view), found);
    }
  }
  if (found.remarks.empty()) {
    if (at == ns.called.end()) return;
    release(at->second);
    ns.called.erase(at);
    return;
  }
  if (at == ns.called.end()) at = ns.called.try_emplace(service->first).first;
  replace(at->second, found);
}

// By PodMonitors and probes.
void PolicyGraph::compute_pods_called(NamespaceNode& ns) {
  Collected found;
  for (ResourceNode* node : caller_index_.pod_monitors(ns.name, ns.workloads_by_label)) {
    const auto& monitor = node->as<Monitor>();
    const std::vector<WorkloadNode*> matching =
        monitor.selector.empty() ? ns.workloads : matching_workloads(ns, monitor.selector);
    for (std::size_t i = 0; i < monitor.endpoints.size(); ++i) {
      const MonitorEndpoint& endpoint = monitor.endpoints[i];
      if (!is_plaintext(endpoint)) continue;
      const PortRef port = endpoint.port.value.empty() ? endpoint.target : PortRef(endpoint.port.value);
      std::vector<Reached> reached;
      for (const WorkloadNode* workload : matching) {
        if (const auto number = container_port(workload->workload(), port))
          reached.push_back({workload, *number});
      }
      emit_reached(ns, {node, static_cast<std::int32_t>(i), {}, true}, nullptr, reached, found);
    }
  }
  for (WorkloadNode* node : ns.callers) {
    const Workload& workload = node->workload();
    if (workload.probes.empty() || rewrites_probes(workload)) continue;
    for (std::size_t i = 0; i < workload.probes.size(); ++i) {
      const std::uint32_t port = workload.probes[i].port;
      if (port == 0) continue;
      emit_reached(ns, {node, static_cast<std::int32_t>(i), {}, true}, nullptr, {{node, port}}, found);
    }
  }
  replace(ns.pods_called, found);
}

// The proxies of those that findings rest on.
void PolicyGraph::compute_caller_proxies(NamespaceNode& ns) {
  for (WorkloadNode* node : ns.callers) {
    if (!depends_on_proxy(node->workload())) continue;
    const Proxy proxy = proxy_of(ns, node).proxy;
    const auto [known, is_new] = caller_proxies_.try_emplace(node, proxy);
    if (!is_new && std::exchange(known->second, proxy) == proxy) continue;
    mark(node);
    for (const EnvironmentSource& source : node->workload().rare->environment) {
      const auto at = ns.config_maps.find(source.config_map);
      if (at != ns.config_maps.end()) mark(at->second);
    }
  }
}

void PolicyGraph::set_ambient_prometheus(NamespaceNode& ns, bool is_ambient) {
  if (ns.ambient_prometheus == is_ambient) return;
  ns.ambient_prometheus = is_ambient;
  const bool any_before = ambient_prometheus_ > 0;
  ambient_prometheus_ += is_ambient ? 1U : ~0U;
  if (any_before == (ambient_prometheus_ > 0)) return;
  caller_index_.for_each_monitor([this](ResourceNode* node) { mark(node); });
}

void PolicyGraph::compute_prometheus(NamespaceNode& ns) {
  const bool is_ambient = std::any_of(kNameKeys.begin(), kNameKeys.end(), [&](std::string_view key) {
    const auto at = ns.workloads_by_label.find({CompactString(key), CompactString("prometheus")});
    return at != ns.workloads_by_label.end() &&
           std::any_of(at->second.begin(), at->second.end(),
                       [&](const WorkloadNode* node) { return proxy_of(ns, node).proxy == Proxy::Ambient; });
  });
  set_ambient_prometheus(ns, is_ambient);
}

void PolicyGraph::compute_callers(NamespaceNode& ns) {
  std::set<std::string_view> hosts;
  for (const auto& [host, target] : ns.called) hosts.insert(host);
  if (caller_index_.has_monitors(ns.name)) {
    for (const auto& [host, service] : ns.services) hosts.insert(host);
  }
  std::vector<std::string> named;
  if (const CallerIndex::References* references = caller_index_.named_in(ns.name)) {
    for (const auto& [name, refs] : *references)
      named.push_back(service_host(name, ns.name, settings_.cluster_domain));
  }
  hosts.insert(named.begin(), named.end());
  // Each is looked at no more once its target is gone.
  for (const std::string_view host : hosts) compute_called(ns, host);
  compute_pods_called(ns);
  compute_caller_proxies(ns);
  compute_prometheus(ns);
}

void PolicyGraph::release_callers(NamespaceNode& ns) {
  for (auto& [host, target] : ns.called) release(target);
  release(ns.pods_called);
  set_ambient_prometheus(ns, false);
}

}  // namespace workspace
