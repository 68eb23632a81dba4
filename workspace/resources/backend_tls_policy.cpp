#include "workspace/resources/backend_tls_policy.h"

#include "workspace/resources/decode.h"

namespace workspace {

BackendTlsPolicy decode_backend_tls_policy(const yaml::Value& resource) {
  BackendTlsPolicy policy;
  policy.metadata = decode_metadata(resource, Kind::BackendTLSPolicy);
  std::int32_t index = 0;
  for (const yaml::Value& target : resource["spec"]["targetRefs"].items()) {
    if (target["name"].is_scalar()) {
      policy.targets.push_back({index, target["group"].text(), target["kind"].text(),
                                decode_located(target["name"]), target["sectionName"].text()});
    }
    ++index;
  }
  return policy;
}

}  // namespace workspace
