#include "workspace/mesh/caller_index.h"

#include <algorithm>
#include <array>

#include "workspace/mesh/rule_lookup.h"

namespace workspace {

namespace {

using Named = CallerIndex::Named;

// Name and namespace of `<service>.<namespace>[.svc[.<domain>]]`; false: of another domain.
bool split_host(std::string_view host, std::string_view domain, Named& into) {
  const std::size_t dot = host.find('.');
  std::string_view ns = host.substr(dot + 1);
  const std::size_t end = std::min(ns.find('.'), ns.size());
  const std::string_view rest = ns.substr(end);
  ns = ns.substr(0, end);
  constexpr std::string_view kService = ".svc";
  const bool is_known = rest.empty() || rest == kService ||
                        (rest.starts_with(kService) && rest.substr(kService.size(), 1) == "." &&
                         rest.substr(kService.size() + 1) == domain);
  if (!is_known) return false;
  into.name = CompactString(host.substr(0, dot));
  into.ns = CompactString(ns);
  return true;
}

void add_text(ResourceNode* node, std::size_t index, const HostReference& call, std::string_view domain,
              std::vector<Named>& into) {
  Named named;
  if (call.port == 0 || !split_host(call.host, domain, named)) return;
  named.ref = {node, static_cast<std::int32_t>(index), call.port, false};
  into.push_back(std::move(named));
}

// The label that a monitor is found by; null: it has to be looked at in any case.
const Labels::value_type* index_label(const Labels& selector) {
  const auto at = std::find_if(selector.begin(), selector.end(),
                               [](const auto& label) { return !is_injected_label(label.first.view()); });
  return at == selector.end() ? nullptr : &*at;
}

void change(std::vector<ResourceNode*>& list, ResourceNode* node, bool add) {
  if (add) {
    list.push_back(node);
  } else {
    std::erase(list, node);
  }
}

}  // namespace

bool is_cloud_ingress(const Ingress& ingress) {
  constexpr std::array<std::string_view, 3> kCloud = {"alb", "gce", "gce-internal"};
  return std::find(kCloud.begin(), kCloud.end(), ingress.ingress_class.value.view()) != kCloud.end();
}

bool is_plaintext(const MonitorEndpoint& endpoint) {
  const bool http = endpoint.scheme.empty() || endpoint.scheme == "http" || endpoint.scheme == "HTTP";
  return http && !endpoint.has_tls_config && !endpoint.relabels_target;
}

MonitorScope scope_of(const ResourceNode& node) {
  const auto& monitor = node.as<Monitor>();
  MonitorScope scope{node.id.kind, {}, monitor.selector};
  if (monitor.any_namespace) {
    scope.namespaces.emplace_back("*");
  } else if (monitor.namespaces.empty()) {
    scope.namespaces.push_back(node.id.ns);
  } else {
    scope.namespaces.assign(monitor.namespaces.begin(), monitor.namespaces.end());
    std::sort(scope.namespaces.begin(), scope.namespaces.end());
    scope.namespaces.erase(std::unique(scope.namespaces.begin(), scope.namespaces.end()),
                           scope.namespaces.end());
  }
  return scope;
}

std::vector<CallerIndex::Named> CallerIndex::named_by(ResourceNode* node, std::string_view domain) {
  std::vector<Named> found;
  const Resource& resource = node->resource();
  if (const auto* api_server = std::get_if<ApiServerCalls>(&resource)) {
    for (std::size_t i = 0; i < api_server->calls.size(); ++i) {
      const ServiceCall& call = api_server->calls[i];
      found.push_back({call.ns, call.name, {node, static_cast<std::int32_t>(i), call.port, false}});
    }
  } else if (const auto* ingress = std::get_if<Ingress>(&resource)) {
    if (!is_cloud_ingress(*ingress)) return found;
    for (std::size_t i = 0; i < ingress->backends.size(); ++i) {
      const IngressBackend& backend = ingress->backends[i];
      found.push_back(
          {node->id.ns, backend.name.value, {node, static_cast<std::int32_t>(i), backend.port, false}});
    }
  } else if (const auto* workload = std::get_if<Workload>(&resource)) {
    if (!workload->rare) return found;
    const auto& calls = workload->rare->calls;
    for (std::size_t i = 0; i < calls.size(); ++i) add_text(node, i, calls[i], domain, found);
  } else if (const auto* config = std::get_if<ConfigMap>(&resource)) {
    for (std::size_t i = 0; i < config->calls.size(); ++i)
      add_text(node, i, config->calls[i].call, domain, found);
  }
  return found;
}

void CallerIndex::add(ResourceNode* node, std::vector<Named> calls) {
  for (Named& named : calls) named_[named.ns][named.name].push_back(std::move(named.ref));
  if (std::holds_alternative<Monitor>(node->resource())) change_monitor(node, true);
}

void CallerIndex::remove(ResourceNode* node, const std::vector<Named>& calls) {
  for (const Named& named : calls) {
    const auto ns = named_.find(named.ns);
    if (ns == named_.end()) continue;
    const auto at = ns->second.find(named.name);
    if (at == ns->second.end()) continue;
    std::erase_if(at->second, [node](const CallerRef& ref) { return ref.node == node; });
    if (at->second.empty()) ns->second.erase(at);
    if (ns->second.empty()) named_.erase(ns);
  }
  if (std::holds_alternative<Monitor>(node->resource())) change_monitor(node, false);
}

void CallerIndex::change_monitor(ResourceNode* node, bool add) {
  // What expressions pick is not known.
  if (node->as<Monitor>().has_expressions) return;
  const MonitorScope scope = scope_of(*node);
  const bool pods = scope.kind == Kind::PodMonitor;
  const Labels::value_type* label = index_label(scope.selector);
  change(all_monitors_, node, add);
  for (const CompactString& ns : scope.namespaces) {
    Monitors& monitors = monitors_[ns];
    if (label == nullptr) {
      change(pods ? monitors.of_any_pods : monitors.of_any_services, node, add);
    } else {
      ByLabel& by_label = pods ? monitors.of_pods : monitors.of_services;
      auto& list = by_label[*label];
      change(list, node, add);
      if (list.empty()) by_label.erase(*label);
    }
    monitors.count += add ? 1U : ~std::size_t{0};
    if (monitors.count == 0) monitors_.erase(ns);
  }
}

const CallerIndex::References* CallerIndex::named_in(std::string_view ns) const {
  const auto at = named_.find(ns);
  return at == named_.end() ? nullptr : &at->second;
}

bool CallerIndex::has_monitors(std::string_view ns) const {
  return !monitors_.empty() && (monitors_.contains(ns) || monitors_.contains(std::string_view("*")));
}

std::vector<CallerRef> CallerIndex::calls_to(const ServiceNode& service, bool all) const {
  std::vector<CallerRef> found;
  if (const References* named = named_in(service.id.ns)) {
    if (const auto at = named->find(service.id.name); at != named->end()) found = at->second;
  }
  if (monitors_.empty()) return found;
  const auto add_endpoints = [&](ResourceNode* node) {
    const auto& monitor = node->as<Monitor>();
    if (!is_subset(monitor.selector, service.service().labels)) return;
    for (std::size_t i = 0; i < monitor.endpoints.size(); ++i) {
      const MonitorEndpoint& endpoint = monitor.endpoints[i];
      CallerRef ref{node, static_cast<std::int32_t>(i), endpoint.target, true};
      if (!endpoint.port.value.empty()) {
        ref.port = endpoint.port.value;
        ref.of_container = false;
      }
      if (all || is_plaintext(endpoint)) found.push_back(std::move(ref));
    }
  };
  each_list(service.id.ns, [&](const Monitors& monitors) {
    for (ResourceNode* node : monitors.of_any_services) add_endpoints(node);
    if (monitors.of_services.empty()) return;
    for (const auto& label : service.service().labels) {
      const auto at = monitors.of_services.find(label);
      if (at == monitors.of_services.end()) continue;
      for (ResourceNode* node : at->second) add_endpoints(node);
    }
  });
  return found;
}

}  // namespace workspace
