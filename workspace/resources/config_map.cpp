#include "workspace/resources/config_map.h"

#include <fmt/format.h>

namespace workspace {

namespace {

std::string path_of_key(std::string_view key) {
  const bool plain = key.find_first_of("./") == std::string_view::npos;
  return plain ? fmt::format("data.{}", key) : fmt::format("data[\"{}\"]", key);
}

}  // namespace

ConfigMap decode_config_map(const yaml::Value& resource) {
  ConfigMap config;
  config.metadata = decode_metadata(resource, Kind::ConfigMap);
  CompactList<HostReference> calls;
  for (const auto& [key, value] : resource["data"].entries()) {
    add_host_references(
        value, [name = key] { return path_of_key(name); }, calls);
    for (HostReference& call : calls) config.calls.push_back({key, std::move(call)});
    calls.clear();
  }
  return config;
}

}  // namespace workspace
