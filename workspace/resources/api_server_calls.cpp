#include "workspace/resources/api_server_calls.h"

#include <fmt/format.h>

#include <string>

#include "workspace/resources/decode.h"

namespace workspace {

namespace {

// `path` leads to `holder`.
void add_call(const yaml::Value& holder, const std::string& path, CompactList<ServiceCall>& into) {
  const yaml::Value service = holder["service"];
  const yaml::Value name = service["name"];
  if (name.text().empty()) return;
  ServiceCall call;
  call.path = path + ".service";
  call.ns = service["namespace"].text();
  call.name = name.text();
  call.port = decode_number(service["port"].text()).value_or(call.port);
  call.key = {service.key_range()};
  call.name_place = {name.range()};
  into.push_back(std::move(call));
}

ApiServerCalls cluster_scoped(const yaml::Value& resource, Kind kind) {
  ApiServerCalls decoded;
  decoded.metadata = decode_metadata(resource, kind);
  decoded.metadata.ns = {};
  return decoded;
}

}  // namespace

ApiServerCalls decode_webhook_configuration(const yaml::Value& resource, Kind kind) {
  ApiServerCalls decoded = cluster_scoped(resource, kind);
  std::size_t index = 0;
  for (const yaml::Value& webhook : resource["webhooks"].items()) {
    add_call(webhook["clientConfig"], fmt::format("webhooks[{}].clientConfig", index), decoded.calls);
    ++index;
  }
  return decoded;
}

ApiServerCalls decode_custom_resource_definition(const yaml::Value& resource) {
  ApiServerCalls decoded = cluster_scoped(resource, Kind::CustomResourceDefinition);
  add_call(resource["spec"]["conversion"]["webhook"]["clientConfig"], "spec.conversion.webhook.clientConfig",
           decoded.calls);
  return decoded;
}

ApiServerCalls decode_api_service(const yaml::Value& resource) {
  ApiServerCalls decoded = cluster_scoped(resource, Kind::APIService);
  add_call(resource["spec"], "spec", decoded.calls);
  return decoded;
}

}  // namespace workspace
