#include "workspace/resources/monitor.h"

#include <algorithm>

namespace workspace {

namespace {

bool relabels_target(const yaml::Value& endpoint) {
  const auto relabelings = endpoint["relabelings"].items();
  return std::any_of(relabelings.begin(), relabelings.end(), [](const yaml::Value& relabeling) {
    const std::string_view label = relabeling["targetLabel"].text();
    return label == "__address__" || label == "__scheme__";
  });
}

MonitorEndpoint decode_endpoint(const yaml::Value& endpoint, std::int32_t index) {
  MonitorEndpoint decoded;
  decoded.index = index;
  decoded.port = decode_located(endpoint["port"]);
  const yaml::Value number = endpoint["portNumber"];
  const yaml::Value target = number.is_scalar() ? number : endpoint["targetPort"];
  decoded.by_number = number.is_scalar();
  decoded.target = decode_port_ref(target);
  decoded.target_place = {target.range()};
  decoded.scheme = endpoint["scheme"].text();
  decoded.has_tls_config = endpoint["tlsConfig"].exists();
  decoded.relabels_target = relabels_target(endpoint);
  return decoded;
}

}  // namespace

std::string_view endpoints_field(Kind kind) {
  return kind == Kind::PodMonitor ? "podMetricsEndpoints" : "endpoints";
}

Monitor decode_monitor(const yaml::Value& resource, Kind kind) {
  Monitor monitor;
  monitor.metadata = decode_metadata(resource, kind);
  const yaml::Value spec = resource["spec"];
  const yaml::Value selector = spec["selector"];
  monitor.selector = decode_labels(selector["matchLabels"]);
  monitor.has_expressions = !selector["matchExpressions"].items().empty();
  const yaml::Value namespaces = spec["namespaceSelector"];
  monitor.any_namespace = is_true(namespaces["any"]);
  for (const yaml::Value& name : namespaces["matchNames"].items()) {
    if (name.is_scalar()) monitor.namespaces.emplace_back(name.text());
  }
  std::int32_t index = 0;
  for (const yaml::Value& endpoint : spec[endpoints_field(kind)].items())
    monitor.endpoints.push_back(decode_endpoint(endpoint, index++));
  return monitor;
}

}  // namespace workspace
