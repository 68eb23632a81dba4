#include "workspace/resources/sidecar.h"

namespace workspace {

Sidecar decode_sidecar(const yaml::Value& resource) {
  Sidecar sidecar;
  sidecar.metadata = decode_metadata(resource, Kind::Sidecar);
  const yaml::Value spec = resource["spec"];
  sidecar.has_workload_selector = spec["workloadSelector"].is_mapping();
  for (const yaml::Value& listener : spec["egress"].items()) {
    sidecar.has_egress = true;
    for (const yaml::Value& host : listener["hosts"].items()) {
      if (host.is_scalar()) sidecar.egress_hosts.emplace_back(host.text());
    }
  }
  return sidecar;
}

}  // namespace workspace
