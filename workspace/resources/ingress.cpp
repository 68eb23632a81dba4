#include "workspace/resources/ingress.h"

#include <fmt/format.h>

#include <string>

namespace workspace {

namespace {

// `path` leads to `backend`.
void add_backend(const yaml::Value& backend, const std::string& path, CompactList<IngressBackend>& into) {
  const yaml::Value service = backend["service"];
  if (service["name"].text().empty()) return;
  const yaml::Value port = service["port"];
  PortRef reference;
  if (const auto number = decode_number(port["number"].text())) {
    reference = *number;
  } else if (!port["name"].text().empty()) {
    reference = CompactString(port["name"].text());
  }
  into.push_back({path + ".service", decode_located(service["name"]), std::move(reference)});
}

}  // namespace

Ingress decode_ingress(const yaml::Value& resource) {
  Ingress ingress;
  ingress.metadata = decode_metadata(resource, Kind::Ingress);
  const yaml::Value spec = resource["spec"];
  const yaml::Value annotation = resource["metadata"]["annotations"]["kubernetes.io/ingress.class"];
  ingress.ingress_class = decode_located(annotation.is_scalar() ? annotation : spec["ingressClassName"]);
  add_backend(spec["defaultBackend"], "spec.defaultBackend", ingress.backends);
  std::size_t rule_index = 0;
  for (const yaml::Value& rule : spec["rules"].items()) {
    std::size_t index = 0;
    for (const yaml::Value& path : rule["http"]["paths"].items()) {
      add_backend(path["backend"], fmt::format("spec.rules[{}].http.paths[{}].backend", rule_index, index),
                  ingress.backends);
      ++index;
    }
    ++rule_index;
  }
  return ingress;
}

}  // namespace workspace
