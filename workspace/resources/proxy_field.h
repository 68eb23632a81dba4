// Labels and annotations by which a pod or a namespace says how its traffic is proxied (istio.io reference,
// labels and annotations; docs/design/mtls-semantics.md, section 3.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace {

enum class ProxySetting : std::uint8_t {
  NamespaceInjection,    // istio-injection
  Inject,                // sidecar.istio.io/inject
  Revision,              // istio.io/rev
  DataplaneMode,         // istio.io/dataplane-mode
  Templates,             // inject.istio.io/templates
  IncludeInboundPorts,   // traffic.sidecar.istio.io/includeInboundPorts
  ExcludeInboundPorts,   // traffic.sidecar.istio.io/excludeInboundPorts
  ExcludeOutboundPorts,  // traffic.sidecar.istio.io/excludeOutboundPorts
  RewriteProbes,         // sidecar.istio.io/rewriteAppHTTPProbers
  PrometheusPort,        // prometheus.io/port
};

// The key of the label or annotation.
std::string_view setting_key(ProxySetting setting);

// One that is written.
struct ProxyField {
  ProxySetting setting = ProxySetting::Inject;
  bool annotation = false;  // a label else
  Located<CompactString> value;
  friend bool operator==(const ProxyField&, const ProxyField&) = default;
};
using ProxyFields = CompactList<ProxyField>;

// The first of a setting: its label before its annotation; null: neither is written.
const ProxyField* find_field(const ProxyFields& fields, ProxySetting setting);

// Of a namespace's `metadata`.
ProxyFields decode_namespace_fields(const yaml::Value& metadata);
// Of a pod's `metadata`. Labels come first.
ProxyFields decode_pod_fields(const yaml::Value& metadata);
// `prometheus.io/port` of a Service's `metadata`.
ProxyFields decode_service_fields(const yaml::Value& metadata);

}  // namespace workspace
