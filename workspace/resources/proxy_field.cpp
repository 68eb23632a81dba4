#include "workspace/resources/proxy_field.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace workspace {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 10> kKeys = {"istio-injection",
                                                    "sidecar.istio.io/inject",
                                                    "istio.io/rev",
                                                    "istio.io/dataplane-mode",
                                                    "inject.istio.io/templates",
                                                    "traffic.sidecar.istio.io/includeInboundPorts",
                                                    "traffic.sidecar.istio.io/excludeInboundPorts",
                                                    "traffic.sidecar.istio.io/excludeOutboundPorts",
                                                    "sidecar.istio.io/rewriteAppHTTPProbers",
                                                    "prometheus.io/port"};

void decode(const yaml::Value& mapping, bool annotations, std::initializer_list<ProxySetting> settings,
            ProxyFields& into) {
  if (!mapping.is_mapping()) return;
  for (const ProxySetting setting : settings) {
    const yaml::Value value = mapping[setting_key(setting)];
    if (value.is_scalar()) into.push_back({setting, annotations, {value.text(), {value.range()}}});
  }
}

}  // namespace

std::string_view setting_key(ProxySetting setting) { return kKeys[static_cast<std::size_t>(setting)]; }

const ProxyField* find_field(const ProxyFields& fields, ProxySetting setting) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [setting](const ProxyField& field) { return field.setting == setting; });
  return at == fields.end() ? nullptr : &*at;
}

ProxyFields decode_namespace_fields(const yaml::Value& metadata) {
  ProxyFields fields;
  decode(metadata["labels"], false,
         {ProxySetting::NamespaceInjection, ProxySetting::Revision, ProxySetting::DataplaneMode}, fields);
  return fields;
}

ProxyFields decode_pod_fields(const yaml::Value& metadata) {
  ProxyFields fields;
  decode(metadata["labels"], false,
         {ProxySetting::Inject, ProxySetting::Revision, ProxySetting::DataplaneMode, ProxySetting::Templates},
         fields);
  decode(metadata["annotations"], true,
         {ProxySetting::Inject, ProxySetting::Templates, ProxySetting::IncludeInboundPorts,
          ProxySetting::ExcludeInboundPorts, ProxySetting::ExcludeOutboundPorts, ProxySetting::RewriteProbes,
          ProxySetting::PrometheusPort},
         fields);
  return fields;
}

ProxyFields decode_service_fields(const yaml::Value& metadata) {
  ProxyFields fields;
  decode(metadata["annotations"], true, {ProxySetting::PrometheusPort}, fields);
  return fields;
}

}  // namespace workspace
