// Service: what clients call, and which ports of which workloads stand behind it (Kubernetes API, core/v1).
#pragma once

#include <cstdint>

#include "workspace/base/optional_ptr.h"
#include "workspace/resources/decode.h"
#include "workspace/resources/metadata.h"
#include "workspace/resources/proxy_field.h"

namespace workspace {

enum class Protocol : std::uint8_t { Tcp, Udp, Sctp };

// TCP where it is absent, or none of them.
Protocol decode_protocol(const yaml::Value& protocol);

struct ServicePort {
  std::uint32_t port = 0;
  std::int32_t index = 0;  // in spec.ports, for paths
  PortRef target;          // absent: the same number
  Located<CompactString> name;
  SourceRange place;  // of `port`'s value
  // What few have.
  struct Rare {
    Located<CompactString> app_protocol;
    Protocol protocol = Protocol::Tcp;
    friend bool operator==(const Rare&, const Rare&) = default;
  };
  OptionalPtr<Rare> rare;
  friend bool operator==(const ServicePort&, const ServicePort&) = default;

  [[nodiscard]] Protocol protocol() const { return rare ? rare->protocol : Protocol::Tcp; }
  // Null: absent.
  [[nodiscard]] const Located<CompactString>* app_protocol() const {
    return rare && !rare->app_protocol.value.empty() ? &rare->app_protocol : nullptr;
  }
};

enum class ServiceType : std::uint8_t { ClusterIp, NodePort, LoadBalancer, ExternalName };

struct Service {
  Metadata metadata;
  Labels labels;    // its own
  Labels selector;  // empty: none, or one without labels
  SourceRange selector_key;
  CompactList<ServicePort> ports;
  ProxyFields fields;      // annotation prometheus.io/port
  SourceRange cluster_ip;  // the value of clusterIP; empty when absent
  ServiceType type = ServiceType::ClusterIp;
  bool headless = false;      // clusterIP: None
  bool has_selector = false;  // a mapping, perhaps an empty one
  friend bool operator==(const Service&, const Service&) = default;
};

Service decode_service(const yaml::Value& resource);

}  // namespace workspace
