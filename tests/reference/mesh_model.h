// A mesh as meaning: what a set of manifests says, without its text. The generator makes one, the emitter
// writes it as YAML or JSON, and the reference (reference.h) says what must be found in it.
//
// Values are kept as written: a mode is its text (a bad one is kept), exportTo its entries in order, a
// missing name or namespace is nullopt. What docs/design/mtls-semantics.md calls absent and empty alike is
// one value here, and the emitter chooses how to write it; where the two differ there is an optional.
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
  std::optional<std::string> ns;       // nullopt: the default namespace (Namespace documents have none)
  std::optional<std::string> created;  // creationTimestamp, RFC 3339 with whole seconds and any offset
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
  bool target_refs = false;
  friend bool operator==(const AuthorizationPolicy&, const AuthorizationPolicy&) = default;
};

struct Tls {
  std::optional<std::string> mode;
  bool credential_name = false;
  bool client_certificate = false;
  bool private_key = false;
  bool sni = false;  // a field that decides nothing
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
  std::optional<std::string> load_balancer;  // loadBalancer.simple
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

// networking.istio.io Sidecar.
struct Sidecar {
  Meta meta;
  std::optional<Labels> workload_selector;
  std::vector<std::vector<std::string>> egress;  // the hosts of each entry; empty: no `egress`
  friend bool operator==(const Sidecar&, const Sidecar&) = default;
};

// networking.istio.io Gateway.
struct Gateway {
  Meta meta;
  Labels selector;
  friend bool operator==(const Gateway&, const Gateway&) = default;
};

struct Namespace {
  Meta meta;
  Labels labels;
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

using PortRef = std::variant<std::monostate, int, std::string>;  // absent, number, name

struct ServicePort {
  int port = 0;
  PortRef target = {};
  std::optional<std::string> name = {};
  std::optional<std::string> protocol = {};
  std::optional<std::string> app_protocol = {};
  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

struct Service {
  Meta meta;
  Labels selector;
  std::vector<ServicePort> ports = {};  // numbers and names are unique
  Labels labels = {};
  Labels annotations = {};
  std::optional<std::string> cluster_ip = {};
  std::optional<std::string> type = {};
  friend bool operator==(const Service&, const Service&) = default;
};

struct ContainerPort {
  std::optional<std::string> name;
  int port = 0;
  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

struct Probe {
  std::string field;    // livenessProbe, readinessProbe, startupProbe
  std::string handler;  // httpGet, grpc, tcpSocket
  PortRef port = {};    // present
  friend bool operator==(const Probe&, const Probe&) = default;
};

struct EnvVar {
  std::string name;
  std::optional<std::string> value = {};
  std::optional<std::pair<std::string, std::string>> config_map_key = {};  // ConfigMap, key; else `value`
  friend bool operator==(const EnvVar&, const EnvVar&) = default;
};

struct Container {
  std::vector<ContainerPort> ports = {};
  std::vector<Probe> probes = {};  // fields are unique
  std::vector<EnvVar> env = {};
  std::vector<std::string> env_from = {};  // ConfigMaps
  std::vector<std::string> args = {};
  std::vector<std::string> command = {};
  friend bool operator==(const Container&, const Container&) = default;
};

// A Pod, a document with a pod template, a WorkloadEntry or a WorkloadGroup. Kinds with a template:
// Deployment StatefulSet DaemonSet ReplicaSet Job CronJob Rollout CloneSet, and KnativeService (kind Service
// of serving.knative.dev).
struct Workload {
  std::string kind = "Deployment";
  Meta meta;
  Labels labels;       // the pod's; WorkloadEntry: metadata's; WorkloadGroup: spec.metadata's
  Labels annotations;  // the same
  bool host_network = false;
  bool runs = false;     // a Pod in a cluster: it has a phase
  bool proxied = false;  // likewise: its containers, or those that run first, include the proxy
  bool ambient = false;  // likewise: annotated as enrolled
  std::vector<Container> containers;
  Labels own_labels;                       // metadata's, where there is a pod template
  Labels own_annotations;                  // likewise
  Labels entry_labels;                     // WorkloadEntry: spec's; WorkloadGroup: spec.template's
  std::vector<ContainerPort> entry_ports;  // likewise; each has a name
  friend bool operator==(const Workload&, const Workload&) = default;
};

struct MeshConfig {
  std::optional<std::string> root_namespace;
  std::optional<bool> enable_auto_mtls;
  std::optional<std::string> cluster_domain;  // not in a ConfigMap: it is `values.global.proxy.clusterDomain`
  std::optional<std::vector<std::string>> rule_export_to;  // defaultDestinationRuleExportTo
  friend bool operator==(const MeshConfig&, const MeshConfig&) = default;
};

// A document that carries a MeshConfig: ConfigMap (`data.mesh`), IstioOperator or Istio. Without one it is
// still a document of its kind.
struct MeshConfigSource {
  std::string kind = "ConfigMap";
  Meta meta;
  std::optional<MeshConfig> config;
  std::optional<bool>
      rewrite_probes;  // of an IstioOperator: values.sidecarInjectorWebhook.rewriteAppHTTPProbe
  friend bool operator==(const MeshConfigSource&, const MeshConfigSource&) = default;
};

struct ConfigMap {
  Meta meta;
  std::map<std::string, std::string> data;
  friend bool operator==(const ConfigMap&, const ConfigMap&) = default;
};

struct ServiceRef {
  std::string ns;
  std::string name;
  std::optional<int> port;
  friend bool operator==(const ServiceRef&, const ServiceRef&) = default;
};

// What the API server calls: ValidatingWebhookConfiguration, MutatingWebhookConfiguration,
// CustomResourceDefinition (its conversion) or APIService.
struct ApiServerCaller {
  std::string kind = "ValidatingWebhookConfiguration";
  Meta meta;
  std::vector<std::optional<ServiceRef>> services;  // nullopt: by url; one unless webhooks
  friend bool operator==(const ApiServerCaller&, const ApiServerCaller&) = default;
};

struct MonitorEndpoint {
  std::optional<std::string> port;
  PortRef target_port = {};
  std::optional<std::string> scheme = {};
  bool tls_config = false;
  friend bool operator==(const MonitorEndpoint&, const MonitorEndpoint&) = default;
};

struct Monitor {
  std::string kind = "ServiceMonitor";  // or PodMonitor
  Meta meta;
  Labels selector;
  bool any_namespace = false;
  std::vector<std::string> match_names;  // empty, and not any: its own namespace
  std::vector<MonitorEndpoint> endpoints;
  friend bool operator==(const Monitor&, const Monitor&) = default;
};

struct IngressBackend {
  std::string service;
  PortRef port = {};  // present
  friend bool operator==(const IngressBackend&, const IngressBackend&) = default;
};

struct Ingress {
  Meta meta;
  std::optional<std::string> class_name;
  std::optional<std::string> class_annotation;
  std::optional<IngressBackend> default_backend;
  std::vector<IngressBackend> backends;  // one rule with one path each
  friend bool operator==(const Ingress&, const Ingress&) = default;
};

struct TargetRef {
  std::string kind = "Service";
  std::string name;
  std::optional<std::string> section_name = {};
  friend bool operator==(const TargetRef&, const TargetRef&) = default;
};

struct BackendTlsPolicy {
  Meta meta;
  std::vector<TargetRef> targets;
  friend bool operator==(const BackendTlsPolicy&, const BackendTlsPolicy&) = default;
};

// Something that is not ours and must change nothing: a kind of another group, a kind of ours with a wrong
// group, or no resource at all. Which one is the emitter's business.
struct Foreign {
  int variety = 0;
  std::string ns;
  friend bool operator==(const Foreign&, const Foreign&) = default;
};

using Resource = std::variant<PeerAuthentication, AuthorizationPolicy, DestinationRule, ServiceEntry, Sidecar,
                              Gateway, Namespace, Service, Workload, MeshConfigSource, ConfigMap,
                              ApiServerCaller, Monitor, Ingress, BackendTlsPolicy, Foreign>;

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
  std::optional<std::vector<std::string>> rule_export_to;  // defaultDestinationRuleExportTo
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
