// What is said of who takes a workload's calls (docs/design/mtls-semantics.md, section 3.1). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "workspace/mesh/graph_nodes.h"

namespace checks {

// The text that decides: "namespace kube-system", "sidecar.istio.io/inject: false". Empty: nothing says so.
std::string proxy_reason(const workspace::ProxyVerdict& verdict, std::string_view ns);

// "no sidecar: namespace kube-system", "ambient: istio.io/dataplane-mode: ambient". Empty for a sidecar.
std::string describe_proxy(workspace::Proxy proxy, std::string_view reason);
std::string describe_proxy(const workspace::ProxyVerdict& verdict, std::string_view ns);

}  // namespace checks
