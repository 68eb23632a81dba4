#include "workspace/resources/mesh_config.h"

#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {

namespace {

std::optional<bool> decode_bool(const yaml::Value& value) {
  const std::string_view text = value.text();
  return text == "true" || text == "false" ? std::optional(text == "true") : std::nullopt;
}

void decode_settings(const yaml::Value& config, MeshConfig& decoded) {
  if (const yaml::Value root = config["rootNamespace"]; !root.text().empty()) {
    decoded.root_namespace = std::string(root.text());
  }
  if (const yaml::Value domain = config["clusterDomain"]; !domain.text().empty()) {
    decoded.cluster_domain = std::string(domain.text());
  }
  decoded.enable_auto_mtls = decode_bool(config["enableAutoMtls"]);
  const yaml::Value exports = config["defaultDestinationRuleExportTo"];
  if (!exports.is_sequence()) return;
  CompactList<CompactString> names;
  for (const yaml::Value& name : exports.items()) {
    if (name.is_scalar()) names.emplace_back(name.text());
  }
  decoded.default_rule_export_to = std::move(names);
}

// Of an IstioOperator or Istio.
void decode_values(const yaml::Value& values, MeshConfig& decoded) {
  if (const yaml::Value domain = values["global"]["proxy"]["clusterDomain"]; !domain.text().empty()) {
    decoded.cluster_domain = std::string(domain.text());
  }
  decoded.rewrite_probes = decode_bool(values["sidecarInjectorWebhook"]["rewriteAppHTTPProbe"]);
}

bool is_mesh_config_map(std::string_view name) { return name == "istio" || name.substr(0, 6) == "istio-"; }

}  // namespace

std::optional<MeshConfig> decode_mesh_config(const yaml::Value& resource, Kind kind) {
  MeshConfig decoded;
  decoded.metadata = decode_metadata(resource, kind);
  const yaml::Value spec = resource["spec"];
  if (kind == Kind::IstioOperator) {
    decode_settings(spec["meshConfig"], decoded);
    decode_values(spec["values"], decoded);
  } else if (kind == Kind::Istio) {
    decode_settings(spec["values"]["meshConfig"], decoded);
    decode_values(spec["values"], decoded);
  } else {
    const yaml::Value mesh = resource["data"]["mesh"];
    if (!is_mesh_config_map(decoded.metadata.name.value) || !mesh.is_scalar()) return std::nullopt;
    const auto read = yaml::read_yaml(mesh.text());
    if (const auto* document = std::get_if<yaml::Document>(&read)) decode_settings(document->root(), decoded);
  }
  return decoded;
}

Result<MeshConfig> read_mesh_config(std::string_view text) {
  for (const ByteRange slice : split_documents(text)) {
    const auto read = yaml::read_yaml(text.substr(slice.begin, slice.size()));
    if (const auto* problem = std::get_if<yaml::Problem>(&read))
      return Error{"invalid YAML: " + std::string(problem->message)};
    const yaml::Value root = std::get<yaml::Document>(read).root();
    if (!root.exists()) continue;
    if (!root.is_mapping()) break;
    if (!root["kind"].exists()) {
      MeshConfig decoded;
      decode_settings(root, decoded);
      return decoded;
    }
    for (const Kind kind : {Kind::ConfigMap, Kind::IstioOperator, Kind::Istio}) {
      if (root["kind"].text() != kind_name(kind)) continue;
      if (auto decoded = decode_mesh_config(root, kind)) return *std::move(decoded);
    }
  }
  return Error{"holds no MeshConfig: expected one, or a ConfigMap, an IstioOperator or an Istio that has it"};
}

}  // namespace workspace
