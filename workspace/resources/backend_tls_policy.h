// BackendTLSPolicy: TLS from the mesh to a Service, as a rule without DestinationRule (Gateway API, v1).
#pragma once

#include "workspace/resources/metadata.h"

namespace workspace {

struct PolicyTarget {
  std::int32_t index = 0;  // in targetRefs, for paths
  CompactString group;     // empty: the core group
  CompactString kind;
  Located<CompactString> name;
  CompactString section_name;  // of a Service: a port's name; empty: all its ports
  friend bool operator==(const PolicyTarget&, const PolicyTarget&) = default;
};

struct BackendTlsPolicy {
  Metadata metadata;
  CompactList<PolicyTarget> targets;
  friend bool operator==(const BackendTlsPolicy&, const BackendTlsPolicy&) = default;
};

BackendTlsPolicy decode_backend_tls_policy(const yaml::Value& resource);

}  // namespace workspace
