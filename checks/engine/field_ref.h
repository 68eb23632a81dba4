// A field of a resource that findings point at, as a name: it stays right when the text around it moves, and
// becomes a place only when it is shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checks/engine/finding.h"
#include "workspace/mesh/graph_nodes.h"

namespace checks {

enum class Field : std::uint8_t {
  Name,           // metadata.name
  Host,           // spec.host
  SelectorKey,    // the key spec.selector
  PortLevelKey,   // the key spec.portLevelMtls
  Mode,           // spec.mtls.mode, or with `entry` that of a port
  Tls,            // tls.mode of a clause, or the key `tls` if there is no mode
  TlsKey,         // the key `tls` of a clause
  IdentityUse,    // a use of identity in an AuthorizationPolicy, by `entry`
  Key,            // a key that something is wrong with, by `entry` (Metadata::rare.key_problems)
  Misplaced,      // the key of a label or annotation that belongs on the pods, by `entry`
  ExportKey,      // the key spec.exportTo
  ServicePort,    // the value of spec.ports[].port, by `entry`
  PortKey,        // the key of a port in spec.portLevelMtls, by `entry`
  ClusterIp,      // spec.clusterIP of a Service
  LoadBalancer,   // the loadBalancer that makes a service headless, by the subset of `clause`
  AppProtocol,    // of a Service's port, by `entry`
  PortName,       // likewise
  ProxyField,     // a label or annotation of a pod or a Namespace about its proxy, by `entry`
  HostNetwork,    // of a pod
  CalledService,  // the key `service` by which the API server is told of a Service, by `entry`
  BackendName,    // the Service's name in a backend of an Ingress, by `entry`
  EndpointPort,   // the port of a monitor's endpoint, by `entry`
  ProbePort,      // of a probe of a container, by `entry`
  HostText,       // a text of a workload or ConfigMap that names a host, by `entry`
  PolicyTarget,   // the name of a target of a BackendTLSPolicy, by `entry`
};

struct FieldRef {
  const workspace::ResourceNode* node = nullptr;
  Field field = Field::Name;
  std::int32_t entry = -1;       // index into port_level or uses
  workspace::ClauseRef clause;   // for Tls and TlsKey
  std::uint32_t definition = 0;  // which of the node's definitions; 0: the one that counts
  friend bool operator==(const FieldRef&, const FieldRef&) = default;
};

// Of a rule that BackendTLSPolicies make, that of the oldest of them.
FieldRef name_of(const workspace::ResourceNode* node, std::uint32_t definition = 0);
inline FieldRef mode_of(const workspace::PolicyField& site) {
  return {site.policy, Field::Mode, site.port, {}, 0};
}
// The clause of a rule; where BackendTLSPolicies make the rule, the target that the clause is for.
FieldRef tls_of(const workspace::ResourceNode* rule, workspace::ClauseRef clause);
// What says a rule's host.
FieldRef host_of(const workspace::RuleNode* rule);
// The rule that a place of a clause or host is of; null: it is of none.
const workspace::RuleNode* rule_of(const FieldRef& site);

// What decides a workload's proxy; no node: no text does.
FieldRef reason_of(const workspace::ProxyReason& reason);

// "spec.trafficPolicy.tls.mode"
std::string path_of(const FieldRef& site);
// Relative to the document's slice, as read.
workspace::ByteRange range_in_facts(const FieldRef& site);
// None while the field's text is gone from a broken document.
std::optional<Location> location_of(const FieldRef& site);
// By file path, then place.
bool before(const FieldRef& a, const FieldRef& b);

}  // namespace checks
