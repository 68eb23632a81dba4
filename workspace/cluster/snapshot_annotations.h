// The annotations of a snapshot's List (docs/design/cluster.md, section 1).
#pragma once

#include <string_view>

namespace workspace {

inline constexpr std::string_view kVersionAnnotation = "istio-mtls-ls/snapshot";
inline constexpr std::string_view kContextAnnotation = "istio-mtls-ls/context";
inline constexpr std::string_view kNamespaceAnnotation = "istio-mtls-ls/default-namespace";
inline constexpr std::string_view kNotReadAnnotation = "istio-mtls-ls/not-read";  // a line each
inline constexpr std::string_view kServerAnnotation = "istio-mtls-ls/server-version";
inline constexpr std::string_view kTakenAnnotation = "istio-mtls-ls/taken";

}  // namespace workspace
