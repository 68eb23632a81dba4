// ServiceMonitor and PodMonitor: which pods Prometheus calls, and how (Prometheus operator API,
// monitoring/v1).
#pragma once

#include "workspace/base/optional_ptr.h"
#include "workspace/resources/decode.h"
#include "workspace/resources/metadata.h"

namespace workspace {

struct MonitorEndpoint {
  std::int32_t index = 0;       // in `endpoints` or `podMetricsEndpoints`, for paths
  Located<CompactString> port;  // a Service port's (ServiceMonitor) or container port's name; empty: none
  PortRef target;               // `targetPort`, of a PodMonitor also `portNumber`: a container port
  SourceRange target_place;
  bool by_number = false;  // `portNumber` says it
  CompactString scheme;    // as written; empty: http
  bool has_tls_config = false;
  bool relabels_target = false;  // a relabeling writes the address or scheme, so neither is known
  friend bool operator==(const MonitorEndpoint&, const MonitorEndpoint&) = default;
};

struct Monitor {
  Metadata metadata;
  Labels selector;                        // matchLabels; empty: all
  bool has_expressions = false;           // matchExpressions narrow it further
  bool any_namespace = false;             // namespaceSelector.any
  CompactList<CompactString> namespaces;  // namespaceSelector.matchNames; empty: its own, or any
  CompactList<MonitorEndpoint> endpoints;
  friend bool operator==(const Monitor&, const Monitor&) = default;
};

// Of a ServiceMonitor or PodMonitor.
Monitor decode_monitor(const yaml::Value& resource, Kind kind);
// The field of its spec that lists its endpoints.
std::string_view endpoints_field(Kind kind);

}  // namespace workspace
