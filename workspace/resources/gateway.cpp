#include "workspace/resources/gateway.h"

namespace workspace {

Gateway decode_gateway(const yaml::Value& resource) {
  Gateway gateway;
  gateway.metadata = decode_metadata(resource, Kind::Gateway);
  const yaml::Value selector = resource["spec"]["selector"];
  gateway.selector = decode_labels(selector);
  gateway.selector_key = {selector.key_range()};
  return gateway;
}

}  // namespace workspace
