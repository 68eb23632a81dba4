// Service, Namespace and the workloads behind them (Kubernetes API).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "workspace/resources/metadata.h"

namespace workspace {

struct ServicePort {
  std::uint32_t port = 0;
  // monostate: absent, the same number; a number; or a container port's name.
  std::variant<std::monostate, std::uint32_t, CompactString> target;
  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

struct Service {
  Metadata metadata;
  Labels selector;
  SourceRange selector_key;
  CompactList<ServicePort> ports;
  friend bool operator==(const Service&, const Service&) = default;
};

struct Namespace {
  Metadata metadata;
  bool injection_disabled = false;  // label istio-injection: disabled
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

struct ContainerPort {
  CompactString name;
  std::uint32_t port = 0;
  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

// Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob: what their pods look like.
struct Workload {
  Metadata metadata;
  Labels labels;  // of the pods
  SourceRange labels_key;
  std::optional<bool> inject;  // sidecar.istio.io/inject is not "false": the label, else the annotation
  bool host_network = false;
  CompactList<ContainerPort> ports;
  friend bool operator==(const Workload&, const Workload&) = default;

  // Source: docs/design/mtls-semantics.md, section 3, last paragraph.
  [[nodiscard]] bool has_sidecar(bool namespace_disabled) const {
    if (host_network) return false;
    return inject.value_or(!namespace_disabled);
  }
  [[nodiscard]] std::optional<std::uint32_t> named_port(std::string_view name) const;
};

Service decode_service(const yaml::Value& resource);
Namespace decode_namespace(const yaml::Value& resource);
Workload decode_workload(const yaml::Value& resource, Kind kind);

}  // namespace workspace
