#include "workspace/resources/service_entry.h"

namespace workspace {

ServiceEntry decode_service_entry(const yaml::Value& resource) {
  ServiceEntry entry;
  entry.metadata = decode_metadata(resource, Kind::ServiceEntry);
  const yaml::Value spec = resource["spec"];
  entry.export_to = decode_export_to(spec["exportTo"]);
  for (const yaml::Value& host : spec["hosts"].items()) {
    if (host.is_scalar()) entry.hosts.emplace_back(host.text());
  }
  return entry;
}

}  // namespace workspace
