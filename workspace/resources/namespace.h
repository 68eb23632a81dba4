// Namespace, for the labels that say how its pods are proxied.
#pragma once

#include "workspace/resources/metadata.h"
#include "workspace/resources/proxy_field.h"

namespace workspace {

struct Namespace {
  Metadata metadata;
  ProxyFields fields;  // labels istio-injection, istio.io/rev, istio.io/dataplane-mode
  friend bool operator==(const Namespace&, const Namespace&) = default;

  // Label istio-injection: disabled.
  [[nodiscard]] bool injection_disabled() const;
};

Namespace decode_namespace(const yaml::Value& resource);

}  // namespace workspace
