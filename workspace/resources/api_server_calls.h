// Services that the API server calls, which has no certificate of the mesh: by webhook configurations, by a
// CustomResourceDefinition's conversion and by an APIService (Kubernetes API).
#pragma once

#include <cstdint>

#include "workspace/resources/metadata.h"

namespace workspace {

struct ServiceCall {
  CompactString path;  // of the reference: "webhooks[0].clientConfig.service"
  CompactString ns;    // of the Service
  CompactString name;
  std::uint32_t port = 443;  // of the Service
  SourceRange key;           // `service`
  SourceRange name_place;
  friend bool operator==(const ServiceCall&, const ServiceCall&) = default;
};

struct ApiServerCalls {
  Metadata metadata;
  CompactList<ServiceCall> calls;  // those by a URL aside
  friend bool operator==(const ApiServerCalls&, const ApiServerCalls&) = default;
};

// Of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
ApiServerCalls decode_webhook_configuration(const yaml::Value& resource, Kind kind);
ApiServerCalls decode_custom_resource_definition(const yaml::Value& resource);
ApiServerCalls decode_api_service(const yaml::Value& resource);

}  // namespace workspace
