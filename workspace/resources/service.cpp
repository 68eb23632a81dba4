#include "workspace/resources/service.h"

namespace workspace {

namespace {

ServicePort decode_port(const yaml::Value& port, std::uint32_t number, std::int32_t index) {
  ServicePort decoded{number,
                      index,
                      decode_port_ref(port["targetPort"]),
                      decode_located(port["name"]),
                      {port["port"].range()},
                      {}};
  ServicePort::Rare rare{decode_located(port["appProtocol"]), decode_protocol(port["protocol"])};
  if (rare != ServicePort::Rare{}) decoded.rare = std::move(rare);
  return decoded;
}

ServiceType decode_type(std::string_view text) {
  if (text == "NodePort") return ServiceType::NodePort;
  if (text == "LoadBalancer") return ServiceType::LoadBalancer;
  return text == "ExternalName" ? ServiceType::ExternalName : ServiceType::ClusterIp;
}

}  // namespace

Protocol decode_protocol(const yaml::Value& protocol) {
  const std::string_view text = protocol.text();
  return text == "UDP" ? Protocol::Udp : text == "SCTP" ? Protocol::Sctp : Protocol::Tcp;
}

Service decode_service(const yaml::Value& resource) {
  Service service;
  service.metadata = decode_metadata(resource, Kind::Service);
  service.labels = decode_labels(resource["metadata"]["labels"]);
  const yaml::Value spec = resource["spec"];
  const yaml::Value selector = spec["selector"];
  service.selector = decode_labels(selector);
  service.selector_key = {selector.key_range()};
  service.has_selector = selector.is_mapping();
  const yaml::Value cluster_ip = spec["clusterIP"];
  service.cluster_ip = {cluster_ip.range()};
  service.headless = cluster_ip.text() == "None";
  service.type = decode_type(spec["type"].text());
  service.fields = decode_service_fields(resource["metadata"]);
  std::int32_t index = 0;
  for (const yaml::Value& port : spec["ports"].items()) {
    if (const auto number = decode_number(port["port"].text())) {
      service.ports.push_back(decode_port(port, *number, index));
    }
    ++index;
  }
  return service;
}

}  // namespace workspace
