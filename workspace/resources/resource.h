// Every resource that is read, as one type.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "workspace/resources/authorization_policy.h"
#include "workspace/resources/destination_rule.h"
#include "workspace/resources/mesh_config.h"
#include "workspace/resources/metadata.h"
#include "workspace/resources/peer_authentication.h"
#include "workspace/resources/service.h"

namespace workspace {

// ServiceEntry, Sidecar: known for their namespace and exportTo only; a ConfigMap that is no MeshConfig
// likewise.
struct OtherResource {
  Metadata metadata;
  ExportTo export_to;
  friend bool operator==(const OtherResource&, const OtherResource&) = default;
};

using Resource = std::variant<PeerAuthentication, AuthorizationPolicy, DestinationRule, Service, Namespace,
                              Workload, MeshConfig, OtherResource>;

inline const Metadata& metadata_of(const Resource& resource) {
  return std::visit([](const auto& r) -> const Metadata& { return r.metadata; }, resource);
}

// The resources of one document: one, the items of a List, or none. Ranges are relative to the document.
std::vector<Resource> decode_resources(const yaml::Value& root);

ExportTo decode_export_to(const yaml::Value& list);

}  // namespace workspace
