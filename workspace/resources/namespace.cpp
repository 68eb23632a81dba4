#include "workspace/resources/namespace.h"

namespace workspace {

bool Namespace::injection_disabled() const {
  const ProxyField* injection = find_field(fields, ProxySetting::NamespaceInjection);
  return injection != nullptr && injection->value.value == "disabled";
}

Namespace decode_namespace(const yaml::Value& resource) {
  Namespace ns;
  ns.metadata = decode_metadata(resource, Kind::Namespace);
  ns.metadata.ns = {};  // cluster-scoped
  ns.fields = decode_namespace_fields(resource["metadata"]);
  return ns;
}

}  // namespace workspace
