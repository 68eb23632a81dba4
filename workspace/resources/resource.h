// Every resource that is read, as one type.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "workspace/resources/api_server_calls.h"
#include "workspace/resources/argo.h"
#include "workspace/resources/authorization_policy.h"
#include "workspace/resources/backend_tls_policy.h"
#include "workspace/resources/config_map.h"
#include "workspace/resources/destination_rule.h"
#include "workspace/resources/flux.h"
#include "workspace/resources/gateway.h"
#include "workspace/resources/ingress.h"
#include "workspace/resources/mesh_config.h"
#include "workspace/resources/metadata.h"
#include "workspace/resources/monitor.h"
#include "workspace/resources/namespace.h"
#include "workspace/resources/peer_authentication.h"
#include "workspace/resources/service.h"
#include "workspace/resources/service_entry.h"
#include "workspace/resources/sidecar.h"
#include "workspace/resources/workload.h"

namespace workspace {

// Known for its name and namespace only: a RequestAuthentication, or of a kind that does not exist.
struct OtherResource {
  Metadata metadata;
  friend bool operator==(const OtherResource&, const OtherResource&) = default;
};

using Resource = std::variant<PeerAuthentication, AuthorizationPolicy, DestinationRule, Service, Namespace,
                              Workload, MeshConfig, ServiceEntry, Sidecar, Gateway, BackendTlsPolicy,
                              ApiServerCalls, Monitor, Ingress, ConfigMap, Application, ApplicationSet,
                              FluxKustomization, HelmRelease, OtherResource>;

inline const Metadata& metadata_of(const Resource& resource) {
  return std::visit([](const auto& r) -> const Metadata& { return r.metadata; }, resource);
}

// The resources of one document: one, the items of a List (and of Lists in it), or none. Ranges are relative
// to the document.
std::vector<Resource> decode_resources(const yaml::Value& root);

// The resource of a document's tree that these are the metadata of; absent: the tree is of another document.
yaml::Value resource_in(const yaml::Value& root, const Metadata& metadata);
// What leads from the document's root to it: "items[2]."; empty: it is the document.
std::string item_path(const Metadata& metadata);

}  // namespace workspace
