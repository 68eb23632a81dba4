// MeshConfig, wherever it lives: ConfigMap `istio*` key `mesh`, IstioOperator, sail-operator Istio.
// Source: docs/design/mtls-semantics.md, section 2.
#pragma once

#include <optional>
#include <string>

#include "workspace/resources/metadata.h"

namespace workspace {

struct MeshConfig {
  Metadata metadata;
  OptionalPtr<std::string> root_namespace;
  OptionalPtr<std::string> cluster_domain;
  std::optional<bool> enable_auto_mtls;
  friend bool operator==(const MeshConfig&, const MeshConfig&) = default;
};

// None: a ConfigMap that is not the mesh's configuration.
std::optional<MeshConfig> decode_mesh_config(const yaml::Value& resource, Kind kind);

}  // namespace workspace
