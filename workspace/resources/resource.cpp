#include "workspace/resources/resource.h"

#include <algorithm>

namespace workspace {

namespace {

Resource decode_other(const yaml::Value& value, Kind kind) {
  return OtherResource{decode_metadata(value, kind), decode_export_to(value["spec"]["exportTo"])};
}

Resource decode_as(const yaml::Value& value, Kind kind) {
  switch (kind) {
    case Kind::PeerAuthentication:
      return decode_peer_authentication(value);
    case Kind::AuthorizationPolicy:
      return decode_authorization_policy(value);
    case Kind::DestinationRule:
      return decode_destination_rule(value);
    case Kind::Namespace:
      return decode_namespace(value);
    case Kind::Service:
      return decode_service(value);
    case Kind::Pod:
    case Kind::Deployment:
    case Kind::StatefulSet:
    case Kind::DaemonSet:
    case Kind::ReplicaSet:
    case Kind::Job:
    case Kind::CronJob:
      return decode_workload(value, kind);
    case Kind::ConfigMap:
    case Kind::IstioOperator:
    case Kind::Istio:
      if (auto config = decode_mesh_config(value, kind)) return *std::move(config);
      return decode_other(value, kind);
    case Kind::ServiceEntry:
    case Kind::Sidecar:
      break;
  }
  return decode_other(value, kind);
}

void decode_one(const yaml::Value& value, std::vector<Resource>& resources) {
  if (!value.is_mapping()) return;
  if (const auto kind = kind_of(value["apiVersion"].text(), value["kind"].text())) {
    resources.push_back(decode_as(value, *kind));
  }
}

void set_item(Resource& resource, std::int32_t index) {
  std::visit([index](auto& decoded) { decoded.metadata.item.index = index; }, resource);
}

}  // namespace

ExportTo decode_export_to(const yaml::Value& list) {
  ExportTo names;
  for (const yaml::Value& item : list.items()) {
    if (item.is_scalar()) names.emplace_back(item.text());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<Resource> decode_resources(const yaml::Value& root) {
  std::vector<Resource> resources;
  if (!root.is_mapping() || !root["apiVersion"].exists()) return resources;
  const std::string_view kind = root["kind"].text();
  if (kind.ends_with("List") && root["items"].is_sequence()) {
    std::int32_t index = 0;
    for (const yaml::Value& item : root["items"].items()) {
      const std::size_t before = resources.size();
      decode_one(item, resources);
      if (resources.size() > before) set_item(resources.back(), index);
      ++index;
    }
  } else {
    decode_one(root, resources);
  }
  return resources;
}

}  // namespace workspace
