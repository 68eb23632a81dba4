// A mesh as meaning: what a set of manifests says, without its text. The generator makes one, the emitter
// writes it as YAML or JSON, and the reference (reference.h) says what must be found in it.
//
// Values are kept as written: a mode is its text (so that a bad one can be told), exportTo its entries in
// order, a missing name or namespace is nullopt. What the contract calls absent and empty alike
// (docs/design/mtls-semantics.md) is one value here, and the emitter chooses how to write it; where the two
// differ there is an optional.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace reference {

using Labels = std::map<std::string, std::string>;

// `metadata`, save for labels and annotations.
struct Meta {
  std::optional<std::string> name;
  std::optional<std::string> ns;  // nullopt: the default namespace (Namespace documents have none)
  std::optional<std::string>
      created;  // creationTimestamp, in the one form Kubernetes writes, so text order is age
  friend bool operator==(const Meta&, const Meta&) = default;
};

struct PortMode {
  int port = 0;
  std::optional<std::string> mode;
  friend bool operator==(const PortMode&, const PortMode&) = default;
};

struct PeerAuthentication {
  Meta meta;
  std::optional<Labels> selector;  // empty: `matchLabels: {}`, the same as none
  std::optional<std::string> mode;
  std::vector<PortMode> port_level;  // ports are unique
  friend bool operator==(const PeerAuthentication&, const PeerAuthentication&) = default;
};

// One `from` entry: its source's fields in order (principals, notPrincipals, namespaces, requestPrincipals,
// ...).
struct Source {
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
  friend bool operator==(const Source&, const Source&) = default;
};

struct When {
  std::string key;
  std::vector<std::string> values;
  friend bool operator==(const When&, const When&) = default;
};

struct AuthorizationRule {
  std::vector<Source> from;
  std::vector<When> when;
  friend bool operator==(const AuthorizationRule&, const AuthorizationRule&) = default;
};

struct AuthorizationPolicy {
  Meta meta;
  std::optional<Labels> selector;
  std::vector<AuthorizationRule> rules;
  friend bool operator==(const AuthorizationPolicy&, const AuthorizationPolicy&) = default;
};

struct Tls {
  std::optional<std::string> mode;
  friend bool operator==(const Tls&, const Tls&) = default;
};

struct PortSettings {
  int port = 0;
  std::optional<Tls> tls;
  friend bool operator==(const PortSettings&, const PortSettings&) = default;
};

// Present even when it says nothing: `trafficPolicy: {}`.
struct TrafficPolicy {
  std::optional<Tls> tls;
  std::vector<PortSettings> ports;
  bool balanced = false;  // also says something that is no tls (loadBalancer)
  friend bool operator==(const TrafficPolicy&, const TrafficPolicy&) = default;
};

struct Subset {
  std::string name;
  Labels labels;
  std::optional<TrafficPolicy> policy;
  friend bool operator==(const Subset&, const Subset&) = default;
};

struct DestinationRule {
  Meta meta;
  std::optional<std::string> host;
  std::vector<std::string> export_to;
  std::optional<Labels> workload_selector;  // present even when empty
  std::optional<TrafficPolicy> policy;
  std::vector<Subset> subsets;
  friend bool operator==(const DestinationRule&, const DestinationRule&) = default;
};

struct ServiceEntry {
  Meta meta;
  std::vector<std::string> hosts;
  std::vector<std::string> export_to;
  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

// networking.istio.io Sidecar: read only for its namespace.
struct Sidecar {
  Meta meta;
  friend bool operator==(const Sidecar&, const Sidecar&) = default;
};

struct Namespace {
  Meta meta;
  Labels labels;
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

struct ServicePort {
  int port = 0;
  std::variant<std::monostate, int, std::string> target;  // absent, number, name
  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

struct Service {
  Meta meta;
  Labels selector;
  std::vector<ServicePort> ports;  // numbers are unique
  friend bool operator==(const Service&, const Service&) = default;
};

struct ContainerPort {
  std::optional<std::string> name;
  int port = 0;
  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

// A Pod, or a controller by its pod template.
struct Workload {
  std::string kind = "Deployment";  // Pod Deployment StatefulSet DaemonSet ReplicaSet Job CronJob
  Meta meta;
  Labels labels;       // the pod's, `sidecar.istio.io/inject` among them
  Labels annotations;  // the pod's
  bool host_network = false;
  std::vector<std::vector<ContainerPort>> containers;
  friend bool operator==(const Workload&, const Workload&) = default;
};

struct MeshConfig {
  std::optional<std::string> root_namespace;
  std::optional<bool> enable_auto_mtls;
  std::optional<std::string> cluster_domain;
  friend bool operator==(const MeshConfig&, const MeshConfig&) = default;
};

// A document that carries a MeshConfig: ConfigMap (`data.mesh`), IstioOperator or Istio. Without one it is
// still a document of its kind.
struct MeshConfigSource {
  std::string kind = "ConfigMap";
  Meta meta;
  std::optional<MeshConfig> config;
  friend bool operator==(const MeshConfigSource&, const MeshConfigSource&) = default;
};

// Something that is not ours and must change nothing: a kind of another group, a kind of ours with a wrong
// group, or no resource at all. Which one is the emitter's business.
struct Foreign {
  int variety = 0;
  std::string ns;
  friend bool operator==(const Foreign&, const Foreign&) = default;
};

using Resource = std::variant<PeerAuthentication, AuthorizationPolicy, DestinationRule, ServiceEntry, Sidecar,
                              Namespace, Service, Workload, MeshConfigSource, Foreign>;

// One YAML document: a resource, or a `kind: List` of several.
struct Document {
  bool list = false;
  std::vector<Resource> items;  // exactly one unless `list`
  friend bool operator==(const Document&, const Document&) = default;
};

struct File {
  std::string path;  // `.json` files hold one document
  std::vector<Document> documents;
  friend bool operator==(const File&, const File&) = default;
};

// What the editor, the command line or the configuration file set; above any MeshConfig.
struct Settings {
  std::optional<std::string> root_namespace;
  std::optional<bool> enable_auto_mtls;
  std::optional<std::string> cluster_domain;
  std::optional<std::string> default_namespace;
  std::optional<bool> separate_tis0207;
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct MeshModel {
  Settings settings;
  std::vector<File> files;  // in path order; paths are unique
  friend bool operator==(const MeshModel&, const MeshModel&) = default;
};

}  // namespace reference
