// Ingress: which Services its controller's load balancer calls (Kubernetes API, networking.k8s.io/v1).
#pragma once

#include "workspace/resources/decode.h"
#include "workspace/resources/metadata.h"

namespace workspace {

struct IngressBackend {
  CompactString path;  // of `service`: "spec.rules[0].http.paths[1].backend.service"
  Located<CompactString> name;
  PortRef port;  // of the Service; absent: unknown
  friend bool operator==(const IngressBackend&, const IngressBackend&) = default;
};

struct Ingress {
  Metadata metadata;
  Located<CompactString> ingress_class;  // the annotation kubernetes.io/ingress.class, else ingressClassName
  CompactList<IngressBackend> backends;
  friend bool operator==(const Ingress&, const Ingress&) = default;
};

Ingress decode_ingress(const yaml::Value& resource);

}  // namespace workspace
