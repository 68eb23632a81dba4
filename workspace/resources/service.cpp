#include "workspace/resources/service.h"

#include <algorithm>
#include <charconv>

namespace workspace {

namespace {

std::optional<std::uint32_t> to_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

ServicePort decode_port(const yaml::Value& port, std::uint32_t number) {
  ServicePort decoded{number, {}};
  const yaml::Value target = port["targetPort"];
  if (!target.exists()) return decoded;
  // IntOrString: only an unquoted number is one; a quoted one is a (then unknown) name.
  const auto value = target.is_plain() ? to_number(target.text()) : std::nullopt;
  if (value) {
    decoded.target = *value;
  } else {
    decoded.target = CompactString(target.text());
  }
  return decoded;
}

yaml::Value pod_template(const yaml::Value& resource, Kind kind) {
  if (kind == Kind::Pod) return resource;
  const yaml::Value spec = resource["spec"];
  return kind == Kind::CronJob ? spec["jobTemplate"]["spec"]["template"] : spec["template"];
}

}  // namespace

std::optional<std::uint32_t> Workload::named_port(std::string_view name) const {
  const auto at = std::find_if(ports.begin(), ports.end(),
                               [name](const ContainerPort& entry) { return entry.name == name; });
  return at == ports.end() ? std::nullopt : std::optional(at->port);
}

Service decode_service(const yaml::Value& resource) {
  Service service;
  service.metadata = decode_metadata(resource, Kind::Service);
  const yaml::Value spec = resource["spec"];
  service.selector = decode_labels(spec["selector"]);
  service.selector_key = {spec["selector"].key_range()};
  for (const yaml::Value& port : spec["ports"].items()) {
    if (const auto number = to_number(port["port"].text())) {
      service.ports.push_back(decode_port(port, *number));
    }
  }
  return service;
}

Namespace decode_namespace(const yaml::Value& resource) {
  Namespace ns;
  ns.metadata = decode_metadata(resource, Kind::Namespace);
  ns.metadata.ns = {};  // cluster-scoped
  ns.injection_disabled = resource["metadata"]["labels"]["istio-injection"].text() == "disabled";
  return ns;
}

Workload decode_workload(const yaml::Value& resource, Kind kind) {
  Workload workload;
  workload.metadata = decode_metadata(resource, kind);
  const yaml::Value pod = pod_template(resource, kind);
  const yaml::Value labels = pod["metadata"]["labels"];
  workload.labels = decode_labels(labels);
  workload.labels_key = {labels.key_range()};
  if (const CompactString* label = find_label(workload.labels, "sidecar.istio.io/inject")) {
    workload.inject = *label != "false";
  } else if (const yaml::Value annotation = pod["metadata"]["annotations"]["sidecar.istio.io/inject"];
             annotation.is_scalar()) {
    workload.inject = annotation.text() != "false";
  }
  workload.host_network = pod["spec"]["hostNetwork"].text() == "true";
  for (const yaml::Value& container : pod["spec"]["containers"].items()) {
    for (const yaml::Value& port : container["ports"].items()) {
      const auto number = to_number(port["containerPort"].text());
      const std::string_view name = port["name"].text();
      if (number && !name.empty()) workload.ports.push_back({name, *number});
    }
  }
  return workload;
}

}  // namespace workspace
