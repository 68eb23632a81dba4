// MeshConfig, wherever it lives: ConfigMap `istio*` key `mesh`, IstioOperator, sail-operator Istio; and the
// chart values beside it that say how the mesh behaves.
// Source: docs/design/mtls-semantics.md, section 2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "workspace/base/result.h"
#include "workspace/resources/metadata.h"

namespace workspace {

struct MeshConfig {
  Metadata metadata;
  OptionalPtr<std::string> root_namespace;
  OptionalPtr<std::string> cluster_domain;
  OptionalPtr<CompactList<CompactString>> default_rule_export_to;  // defaultDestinationRuleExportTo
  std::optional<bool> enable_auto_mtls;
  std::optional<bool> rewrite_probes;  // values' sidecarInjectorWebhook.rewriteAppHTTPProbe
  friend bool operator==(const MeshConfig&, const MeshConfig&) = default;
};

// None: a ConfigMap that is not the mesh's configuration.
std::optional<MeshConfig> decode_mesh_config(const yaml::Value& resource, Kind kind);

// Of a text that is given as the mesh's configuration: the first document of the kinds above, else a bare
// MeshConfig as istiod is given it. An Error: it is invalid, or holds none.
Result<MeshConfig> read_mesh_config(std::string_view text);

}  // namespace workspace
