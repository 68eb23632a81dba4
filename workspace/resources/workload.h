// Workloads: what their pods look like, whatever the kind that makes them (Kubernetes API; istio.io API,
// networking/v1 for WorkloadEntry and WorkloadGroup).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "workspace/base/optional_ptr.h"
#include "workspace/resources/decode.h"
#include "workspace/resources/host_reference.h"
#include "workspace/resources/metadata.h"
#include "workspace/resources/proxy_field.h"
#include "workspace/resources/service.h"

namespace workspace {

struct ContainerPort {
  CompactString name;  // empty: none
  std::uint32_t port = 0;
  Protocol protocol = Protocol::Tcp;
  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

enum class ProbeKind : std::uint8_t { Liveness, Readiness, Startup };

// One that calls a port by HTTP or gRPC.
struct Probe {
  std::int32_t container = 0;  // index, for paths
  ProbeKind kind = ProbeKind::Liveness;
  bool grpc = false;       // httpGet else
  std::uint32_t port = 0;  // 0: a name that no port of the container has
  SourceRange place;       // of the port's value
  friend bool operator==(const Probe&, const Probe&) = default;
};

// "livenessProbe"
std::string_view probe_name(ProbeKind kind);

// A ConfigMap of the workload's namespace that a container takes its environment from.
struct EnvironmentSource {
  CompactString config_map;
  CompactString key;  // empty: every key
  friend bool operator==(const EnvironmentSource&, const EnvironmentSource&) = default;
};

// A label or annotation of the mesh's on a workload's own metadata and not on its pods', without effect.
struct MisplacedField {
  CompactString key;
  bool annotation = false;  // a label else
  CompactString value;
  SourceRange key_place;
  friend bool operator==(const MisplacedField&, const MisplacedField&) = default;
};

// What a pod that runs shows of its proxy. Source: docs/design/mtls-semantics.md, section 3.1.
enum class SeenProxy : std::uint8_t { NotSeen, Sidecar, Ambient, Outside };

struct Workload {
  Metadata metadata;
  Labels labels;           // of the pods
  SourceRange labels_key;  // of the mapping that they stand in
  CompactList<ContainerPort> ports;
  ProxyFields fields;          // of the pods
  CompactList<Probe> probes;   // of its containers, in their order
  std::optional<bool> inject;  // sidecar.istio.io/inject is not "false": the label, else the annotation
  bool host_network = false;
  SeenProxy seen = SeenProxy::NotSeen;  // of a Pod that has a phase, as only those in a cluster have
  // What few have.
  struct Rare {
    SourceRange host_network;                      // the value of a hostNetwork: true
    CompactList<HostReference> calls;              // in its containers' env, args and command
    CompactList<EnvironmentSource> environment;    // in the order of its containers
    CompactList<MisplacedField> misplaced_fields;  // MTLS0014
    friend bool operator==(const Rare&, const Rare&) = default;
  };
  OptionalPtr<Rare> rare;
  friend bool operator==(const Workload&, const Workload&) = default;

  // Source: docs/design/mtls-semantics.md, section 3, last paragraph.
  [[nodiscard]] bool has_sidecar(bool namespace_disabled) const {
    if (host_network) return false;
    return inject.value_or(!namespace_disabled);
  }
  // The number of the container port of that name.
  [[nodiscard]] std::optional<std::uint32_t> named_port(std::string_view name) const;
};

// Where a resource of a workload kind has its pods' `metadata` and `spec`; absent for WorkloadEntry and
// WorkloadGroup.
yaml::Value pod_template(const yaml::Value& resource, Kind kind);
// Whether a resource of whatever kind has a pod template at spec.template.
bool has_pod_template(const yaml::Value& resource);
// `kind`: one whose resources have pods, OtherWorkload included.
Workload decode_workload(const yaml::Value& resource, Kind kind);
Workload decode_workload_entry(const yaml::Value& resource);
Workload decode_workload_group(const yaml::Value& resource);

}  // namespace workspace
