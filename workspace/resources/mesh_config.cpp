#include "workspace/resources/mesh_config.h"

#include "workspace/yaml/reader.h"

namespace workspace {

namespace {

void decode_settings(const yaml::Value& config, MeshConfig& decoded) {
  if (const yaml::Value root = config["rootNamespace"]; !root.text().empty()) {
    decoded.root_namespace = std::string(root.text());
  }
  if (const yaml::Value domain = config["clusterDomain"]; !domain.text().empty()) {
    decoded.cluster_domain = std::string(domain.text());
  }
  const std::string_view automatic = config["enableAutoMtls"].text();
  if (automatic == "true" || automatic == "false") decoded.enable_auto_mtls = automatic == "true";
}

bool is_mesh_config_map(std::string_view name) { return name == "istio" || name.substr(0, 6) == "istio-"; }

}  // namespace

std::optional<MeshConfig> decode_mesh_config(const yaml::Value& resource, Kind kind) {
  MeshConfig decoded;
  decoded.metadata = decode_metadata(resource, kind);
  if (kind == Kind::IstioOperator) {
    decode_settings(resource["spec"]["meshConfig"], decoded);
  } else if (kind == Kind::Istio) {
    decode_settings(resource["spec"]["values"]["meshConfig"], decoded);
  } else {
    const yaml::Value mesh = resource["data"]["mesh"];
    if (!is_mesh_config_map(decoded.metadata.name.value) || !mesh.is_scalar()) return std::nullopt;
    const auto read = yaml::read_yaml(mesh.text());
    if (const auto* document = std::get_if<yaml::Document>(&read)) decode_settings(document->root(), decoded);
  }
  return decoded;
}

}  // namespace workspace
