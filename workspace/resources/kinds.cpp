#include "workspace/resources/kinds.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

namespace workspace {

namespace {

// ---------------------------------------------------------------- outlines

using yaml::Outline;

constexpr Outline all(std::string_view key) { return {key, {}, true}; }
constexpr Outline some(std::string_view key, std::span<const Outline> children) {
  return {key, children, false};
}

constexpr Outline prefixed(std::string_view prefix) { return {prefix, {}, true, true}; }

// What decode_metadata looks at, and, where a document turns out to be a workload, MTLS0014.
constexpr std::array kAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations"),
                                     prefixed("sidecar.istio.io/"), prefixed("traffic.sidecar.istio.io/")};
constexpr std::array kOwnLabels = {prefixed("sidecar.istio.io/"), prefixed("traffic.sidecar.istio.io/")};
constexpr std::array kMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                  some("annotations", kAnnotations), some("labels", kOwnLabels)};

// Of a pod.
constexpr std::array kPodAnnotations = {
    all("istio-mtls/ignore"),         all("kiali.io/ignore-validations"),
    prefixed("sidecar.istio.io/"),    prefixed("traffic.sidecar.istio.io/"),
    all("inject.istio.io/templates"), all("ambient.istio.io/redirection"),
    all("prometheus.io/port")};
constexpr std::array kPodMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                     some("annotations", kPodAnnotations), all("labels")};
constexpr std::array kProbePort = {all("port")};
constexpr std::array kProbe = {some("httpGet", kProbePort), some("grpc", kProbePort)};
constexpr std::array kNameAndKey = {all("name"), all("key")};
constexpr std::array kValueFrom = {some("configMapKeyRef", kNameAndKey)};
constexpr std::array kVariable = {all("value"), some("valueFrom", kValueFrom)};
constexpr std::array kEnvFrom = {some("configMapRef", kNameAndKey)};
constexpr std::array kContainer = {all("name"),
                                   all("ports"),
                                   some("env", kVariable),
                                   some("livenessProbe", kProbe),
                                   some("readinessProbe", kProbe),
                                   some("startupProbe", kProbe),
                                   some("envFrom", kEnvFrom),
                                   all("args"),
                                   all("command")};
constexpr std::array kPodSpec = {all("hostNetwork"), some("containers", kContainer)};
constexpr std::array kTemplate = {some("metadata", kPodMetadata), some("spec", kPodSpec)};

// Any document may turn out to be of another group than its kind's name lets one think, and to have a pod
// template: so each outline has it.
constexpr Outline kPodTemplate = some("template", kTemplate);
constexpr std::array kTemplateSpec = {kPodTemplate};
constexpr std::array kWorkload = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                  some("spec", kTemplateSpec)};

// Of the kinds whose fields are all looked at (MTLS0010).
constexpr std::span<const Outline> kEverything{};

constexpr std::array kWhole = {all("apiVersion"), all("kind"), some("metadata", kMetadata), all("spec")};

constexpr std::array kServiceEntrySpec = {all("exportTo"), all("hosts"), kPodTemplate};
constexpr std::array kServiceEntry = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                      some("spec", kServiceEntrySpec)};

constexpr std::array kListener = {all("hosts")};
constexpr std::array kSidecarSpec = {all("workloadSelector"), some("egress", kListener), kPodTemplate};
constexpr std::array kSidecar = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kSidecarSpec)};

constexpr std::array kGatewaySpec = {all("selector"), kPodTemplate};
constexpr std::array kGateway = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kGatewaySpec)};

// Their own labels are those of the proxy, or below spec.
constexpr std::array kLabelledMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                          some("annotations", kAnnotations), all("labels")};
constexpr std::array kLabelled = {all("apiVersion"), all("kind"), some("metadata", kLabelledMetadata),
                                  all("spec")};

constexpr std::array kServiceAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations"),
                                            prefixed("sidecar.istio.io/"),
                                            prefixed("traffic.sidecar.istio.io/"), all("prometheus.io/port")};
constexpr std::array kServiceMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                         some("annotations", kServiceAnnotations), all("labels")};
constexpr std::array kServiceSpec = {all("selector"), all("ports"), all("type"), all("clusterIP"),
                                     kPodTemplate};
constexpr std::array kService = {all("apiVersion"), all("kind"), some("metadata", kServiceMetadata),
                                 some("spec", kServiceSpec)};

constexpr std::array kNamespace = {all("apiVersion"), all("kind"), some("metadata", kLabelledMetadata),
                                   some("spec", kTemplateSpec)};

constexpr std::array kInitContainer = {all("name")};
constexpr std::array kPodRootSpec = {all("hostNetwork"), some("containers", kContainer),
                                     some("initContainers", kInitContainer), kPodTemplate};
constexpr std::array kPhase = {all("phase")};
constexpr std::array kPod = {all("apiVersion"), all("kind"), some("metadata", kPodMetadata),
                             some("spec", kPodRootSpec), some("status", kPhase)};

constexpr std::array kJobTemplateSpec = {some("template", kTemplate)};
constexpr std::array kJobTemplate = {some("spec", kJobTemplateSpec)};
constexpr std::array kCronJobSpec = {some("jobTemplate", kJobTemplate), kPodTemplate};
constexpr std::array kCronJob = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kCronJobSpec)};

constexpr std::array kConfigMap = {all("apiVersion"), all("kind"), some("metadata", kMetadata), all("data"),
                                   some("spec", kTemplateSpec)};

constexpr std::array kBackendTlsSpec = {all("targetRefs"), kPodTemplate};
constexpr std::array kBackendTls = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                    some("spec", kBackendTlsSpec)};

constexpr std::array kCalledService = {all("service")};
constexpr std::array kWebhook = {some("clientConfig", kCalledService)};
constexpr std::array kWebhooks = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                  some("webhooks", kWebhook), some("spec", kTemplateSpec)};
constexpr std::array kConversion = {some("webhook", kWebhook)};
constexpr std::array kDefinitionSpec = {some("conversion", kConversion), kPodTemplate};
constexpr std::array kDefinition = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                    some("spec", kDefinitionSpec)};
constexpr std::array kApiServiceSpec = {all("service"), kPodTemplate};
constexpr std::array kApiService = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                    some("spec", kApiServiceSpec)};

constexpr std::array kIngressAnnotations = {
    all("istio-mtls/ignore"), all("kiali.io/ignore-validations"), prefixed("sidecar.istio.io/"),
    prefixed("traffic.sidecar.istio.io/"), all("kubernetes.io/ingress.class")};
constexpr std::array kIngressMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                         some("annotations", kIngressAnnotations),
                                         some("labels", kOwnLabels)};
constexpr std::array kIngress = {all("apiVersion"), all("kind"), some("metadata", kIngressMetadata),
                                 all("spec")};

// A template is of an Application, or makes a workload of a document of another group.
constexpr std::array kGeneratorSpec = {all("generators"), all("template")};
constexpr std::array kApplicationSet = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                        some("spec", kGeneratorSpec)};
constexpr std::array kKustomize = {all("namespace")};
constexpr std::array kSource = {all("repoURL"),   all("path"),   all("chart"),
                                all("directory"), all("plugin"), some("kustomize", kKustomize),
                                all("helm")};
constexpr std::array kApplicationSpec = {some("source", kSource), some("sources", kSource),
                                         all("destination"), kPodTemplate};
constexpr std::array kApplication = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                     some("spec", kApplicationSpec)};
constexpr std::array kFluxSpec = {all("path"), all("sourceRef"), all("targetNamespace"), all("postBuild"),
                                  kPodTemplate};
constexpr std::array kFlux = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                              some("spec", kFluxSpec)};
constexpr std::array kReleaseSpec = {all("chart"), all("chartRef"), kPodTemplate};
constexpr std::array kRelease = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kReleaseSpec)};

// ---------------------------------------------------------------- fields

using Form = FieldForm;
using Role = FieldRole;

constexpr std::array kCommonFields = {FieldInfo{"kind", Role::ResourceKind},
                                      FieldInfo{"metadata.name", Role::Name},
                                      FieldInfo{"metadata.namespace", Role::Namespace}};

constexpr FieldInfo kMatchLabels{"spec.selector.matchLabels", Role::SelectorLabel, Form::Entries};
constexpr FieldInfo kExports{"spec.exportTo", Role::Export, Form::Items};

constexpr std::array kPolicyFields = {kMatchLabels, FieldInfo{"spec.mtls.mode", Role::Mode},
                                      FieldInfo{"spec.portLevelMtls.*", Role::PolicyPort, Form::Key},
                                      FieldInfo{"spec.portLevelMtls.*.mode", Role::Mode}};

constexpr std::array kAuthorizationFields = {kMatchLabels};

constexpr std::array kRuleFields = {
    FieldInfo{"spec.host", Role::Host},
    kExports,
    FieldInfo{"spec.trafficPolicy.tls", Role::Tls, Form::Key},
    FieldInfo{"spec.trafficPolicy.tls.mode", Role::Tls},
    FieldInfo{"spec.trafficPolicy.portLevelSettings[port].port.number", Role::RulePort},
    FieldInfo{"spec.trafficPolicy.portLevelSettings[port].tls", Role::Tls, Form::Key},
    FieldInfo{"spec.trafficPolicy.portLevelSettings[port].tls.mode", Role::Tls},
    FieldInfo{"spec.subsets[subset].name", Role::SubsetName},
    FieldInfo{"spec.subsets[subset].labels", Role::SubsetLabel, Form::Entries},
    FieldInfo{"spec.subsets[subset].trafficPolicy.tls", Role::Tls, Form::Key},
    FieldInfo{"spec.subsets[subset].trafficPolicy.tls.mode", Role::Tls},
    FieldInfo{"spec.subsets[subset].trafficPolicy.portLevelSettings[port].port.number", Role::RulePort},
    FieldInfo{"spec.subsets[subset].trafficPolicy.portLevelSettings[port].tls", Role::Tls, Form::Key},
    FieldInfo{"spec.subsets[subset].trafficPolicy.portLevelSettings[port].tls.mode", Role::Tls}};

constexpr std::array kServiceEntryFields = {kExports};

constexpr std::array kGatewayFields = {FieldInfo{"spec.selector", Role::SelectorLabel, Form::Entries}};

constexpr std::array kServiceFields = {FieldInfo{"spec.selector", Role::SelectorLabel, Form::Entries},
                                       FieldInfo{"spec.ports[].port", Role::ServicePort},
                                       FieldInfo{"spec.ports[].targetPort", Role::TargetPort}};

constexpr std::array kPodFields = {FieldInfo{"metadata.labels", Role::PodLabel, Form::Entries},
                                   FieldInfo{"spec.containers[].ports[].name", Role::ContainerPort},
                                   FieldInfo{"spec.containers[].ports[].containerPort", Role::ContainerPort}};

constexpr std::array kWorkloadFields = {
    FieldInfo{"spec.template.metadata.labels", Role::PodLabel, Form::Entries},
    FieldInfo{"spec.template.spec.containers[].ports[].name", Role::ContainerPort},
    FieldInfo{"spec.template.spec.containers[].ports[].containerPort", Role::ContainerPort}};

constexpr std::array kCronJobFields = {
    FieldInfo{"spec.jobTemplate.spec.template.metadata.labels", Role::PodLabel, Form::Entries},
    FieldInfo{"spec.jobTemplate.spec.template.spec.containers[].ports[].name", Role::ContainerPort},
    FieldInfo{"spec.jobTemplate.spec.template.spec.containers[].ports[].containerPort", Role::ContainerPort}};

constexpr std::array kWorkloadEntryFields = {FieldInfo{"metadata.labels", Role::PodLabel, Form::Entries},
                                             FieldInfo{"spec.labels", Role::PodLabel, Form::Entries},
                                             FieldInfo{"spec.ports", Role::ContainerPort, Form::Entries}};

constexpr std::array kWorkloadGroupFields = {
    FieldInfo{"spec.metadata.labels", Role::PodLabel, Form::Entries},
    FieldInfo{"spec.template.labels", Role::PodLabel, Form::Entries},
    FieldInfo{"spec.template.ports", Role::ContainerPort, Form::Entries}};

// ---------------------------------------------------------------- decoders

Resource decode_other(const yaml::Value& resource, Kind kind) {
  return OtherResource{decode_metadata(resource, kind)};
}

// A ConfigMap that holds no MeshConfig is one like any other.
Resource decode_config(const yaml::Value& resource, Kind kind) {
  if (auto config = decode_mesh_config(resource, kind)) return *std::move(config);
  return decode_config_map(resource);
}

template <auto kDecode>
Resource as_resource(const yaml::Value& resource, Kind kind) {
  if constexpr (std::is_invocable_v<decltype(kDecode), const yaml::Value&, Kind>) {
    return kDecode(resource, kind);
  } else {
    return kDecode(resource);
  }
}

// Source: docs/design/mtls-semantics.md, section 1, the table of kinds. In the order of the enumeration.
constexpr std::array kKinds = {
    KindInfo{Kind::PeerAuthentication, "PeerAuthentication", "security.istio.io", KindRole::Policy, false,
             as_resource<decode_peer_authentication>, kEverything, kPolicyFields},
    KindInfo{Kind::AuthorizationPolicy, "AuthorizationPolicy", "security.istio.io", KindRole::Authorization,
             false, as_resource<decode_authorization_policy>, kEverything, kAuthorizationFields},
    KindInfo{Kind::RequestAuthentication,
             "RequestAuthentication",
             "security.istio.io",
             KindRole::Other,
             false,
             as_resource<decode_other>,
             kEverything,
             {}},
    KindInfo{Kind::DestinationRule, "DestinationRule", "networking.istio.io", KindRole::Rule, false,
             as_resource<decode_destination_rule>, kEverything, kRuleFields},
    KindInfo{Kind::ServiceEntry, "ServiceEntry", "networking.istio.io", KindRole::Other, false,
             as_resource<decode_service_entry>, kServiceEntry, kServiceEntryFields},
    KindInfo{Kind::Sidecar,
             "Sidecar",
             "networking.istio.io",
             KindRole::Other,
             false,
             as_resource<decode_sidecar>,
             kSidecar,
             {}},
    KindInfo{Kind::Gateway, "Gateway", "networking.istio.io", KindRole::Other, false,
             as_resource<decode_gateway>, kGateway, kGatewayFields},
    KindInfo{Kind::WorkloadEntry, "WorkloadEntry", "networking.istio.io", KindRole::Workload, false,
             as_resource<decode_workload_entry>, kLabelled, kWorkloadEntryFields},
    KindInfo{Kind::WorkloadGroup, "WorkloadGroup", "networking.istio.io", KindRole::Workload, false,
             as_resource<decode_workload_group>, kLabelled, kWorkloadGroupFields},
    KindInfo{Kind::Namespace,
             "Namespace",
             "",
             KindRole::Namespace,
             true,
             as_resource<decode_namespace>,
             kNamespace,
             {}},
    KindInfo{Kind::Service, "Service", "", KindRole::Service, false, as_resource<decode_service>, kService,
             kServiceFields},
    KindInfo{Kind::Pod, "Pod", "", KindRole::Workload, false, as_resource<decode_workload>, kPod, kPodFields},
    KindInfo{Kind::Deployment, "Deployment", "apps", KindRole::Workload, false, as_resource<decode_workload>,
             kWorkload, kWorkloadFields},
    KindInfo{Kind::StatefulSet, "StatefulSet", "apps", KindRole::Workload, false,
             as_resource<decode_workload>, kWorkload, kWorkloadFields},
    KindInfo{Kind::DaemonSet, "DaemonSet", "apps", KindRole::Workload, false, as_resource<decode_workload>,
             kWorkload, kWorkloadFields},
    KindInfo{Kind::ReplicaSet, "ReplicaSet", "apps", KindRole::Workload, false, as_resource<decode_workload>,
             kWorkload, kWorkloadFields},
    KindInfo{Kind::Job, "Job", "batch", KindRole::Workload, false, as_resource<decode_workload>, kWorkload,
             kWorkloadFields},
    KindInfo{Kind::CronJob, "CronJob", "batch", KindRole::Workload, false, as_resource<decode_workload>,
             kCronJob, kCronJobFields},
    KindInfo{Kind::OtherWorkload, "OtherWorkload", "", KindRole::Workload, false,
             as_resource<decode_workload>, kWorkload, kWorkloadFields},
    KindInfo{Kind::UnknownKind,
             "UnknownKind",
             "",
             KindRole::Other,
             false,
             as_resource<decode_other>,
             kWorkload,
             {}},
    KindInfo{
        Kind::ConfigMap, "ConfigMap", "", KindRole::Other, false, as_resource<decode_config>, kConfigMap, {}},
    KindInfo{Kind::IstioOperator,
             "IstioOperator",
             "install.istio.io",
             KindRole::Other,
             false,
             as_resource<decode_config>,
             kWhole,
             {}},
    KindInfo{Kind::Istio,
             "Istio",
             "sailoperator.io",
             KindRole::Other,
             false,
             as_resource<decode_config>,
             kWhole,
             {}},
    KindInfo{Kind::BackendTLSPolicy,
             "BackendTLSPolicy",
             "gateway.networking.k8s.io",
             KindRole::Backend,
             false,
             as_resource<decode_backend_tls_policy>,
             kBackendTls,
             {}},
    KindInfo{Kind::MutatingWebhookConfiguration,
             "MutatingWebhookConfiguration",
             "admissionregistration.k8s.io",
             KindRole::Other,
             true,
             as_resource<decode_webhook_configuration>,
             kWebhooks,
             {}},
    KindInfo{Kind::ValidatingWebhookConfiguration,
             "ValidatingWebhookConfiguration",
             "admissionregistration.k8s.io",
             KindRole::Other,
             true,
             as_resource<decode_webhook_configuration>,
             kWebhooks,
             {}},
    KindInfo{Kind::CustomResourceDefinition,
             "CustomResourceDefinition",
             "apiextensions.k8s.io",
             KindRole::Other,
             true,
             as_resource<decode_custom_resource_definition>,
             kDefinition,
             {}},
    KindInfo{Kind::APIService,
             "APIService",
             "apiregistration.k8s.io",
             KindRole::Other,
             true,
             as_resource<decode_api_service>,
             kApiService,
             {}},
    KindInfo{Kind::ServiceMonitor,
             "ServiceMonitor",
             "monitoring.coreos.com",
             KindRole::Other,
             false,
             as_resource<decode_monitor>,
             kWhole,
             {}},
    KindInfo{Kind::PodMonitor,
             "PodMonitor",
             "monitoring.coreos.com",
             KindRole::Other,
             false,
             as_resource<decode_monitor>,
             kWhole,
             {}},
    KindInfo{Kind::Ingress,
             "Ingress",
             "networking.k8s.io",
             KindRole::Other,
             false,
             as_resource<decode_ingress>,
             kIngress,
             {}},
    KindInfo{Kind::Application,
             "Application",
             "argoproj.io",
             KindRole::Other,
             false,
             as_resource<decode_application>,
             kApplication,
             {}},
    KindInfo{Kind::ApplicationSet,
             "ApplicationSet",
             "argoproj.io",
             KindRole::Other,
             false,
             as_resource<decode_application_set>,
             kApplicationSet,
             {}},
    KindInfo{Kind::FluxKustomization,
             "Kustomization",
             "kustomize.toolkit.fluxcd.io",
             KindRole::Other,
             false,
             as_resource<decode_flux_kustomization>,
             kFlux,
             {}},
    KindInfo{Kind::HelmRelease,
             "HelmRelease",
             "helm.toolkit.fluxcd.io",
             KindRole::Other,
             false,
             as_resource<decode_helm_release>,
             kRelease,
             {}},
};
static_assert(kKinds.size() == kKindCount);
static_assert([] {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].kind != static_cast<Kind>(i)) return false;
  }
  return true;
}());

// ---------------------------------------------------------------- paths

// A step of a field's path.
struct Step {
  std::string_view key;     // or "*"
  std::string_view number;  // what is in its brackets: "", "subset", "port"
  bool items = false;

  [[nodiscard]] bool any_key() const { return key == "*"; }
};

// Takes the first step off a path that is not empty.
Step take_step(std::string_view& path) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  std::string_view text = path.substr(0, dot);
  path.remove_prefix(std::min(dot + 1, path.size()));
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, bracket), text.substr(bracket + 1, text.size() - bracket - 2), true};
}

class FieldVisitor {
 public:
  explicit FieldVisitor(const std::function<void(const FieldAt&)>& visit) : visit_(visit) {}

  // Follows what is left of the path of at.field, of as many steps as that has.
  void follow(FieldAt at, std::string_view path) const {
    if (path.empty()) {
      if (at.value.exists() || !at.key.empty()) visit_(at);
      return;
    }
    const Step step = take_step(path);
    at.key = {};
    if (step.any_key()) {
      std::int32_t index = 0;
      for (const auto& [key, value] : at.value.entries()) {
        FieldAt below = at;
        below.entry = index++;
        below.key = key;
        below.value = value;
        follow(below, path);
      }
      return;
    }
    at.value = at.value[step.key];
    if (!step.items) return follow(at, path);
    std::int32_t index = 0;
    for (const yaml::Value& item : at.value.items()) {
      FieldAt below = at;
      below.value = item;
      (step.number == "subset" ? below.clause.subset
       : step.number == "port" ? below.clause.port
                               : below.entry) = index++;
      follow(below, path);
    }
  }

 private:
  const std::function<void(const FieldAt&)>& visit_;
};

}  // namespace

std::span<const KindInfo> all_kinds() { return kKinds; }

const KindInfo& kind_info(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::span<const FieldInfo> common_fields() { return kCommonFields; }

std::string_view kind_name(Kind kind) { return kind_info(kind).name; }

bool is_cluster_scoped(Kind kind) { return kind_info(kind).cluster_scoped; }

std::optional<Kind> kind_of(std::string_view api_version, std::string_view kind) {
  const std::string_view group = group_of(api_version);
  for (const KindInfo& info : kKinds) {
    if (info.name == kind && info.group == group && info.kind != Kind::OtherWorkload &&
        info.kind != Kind::UnknownKind) {
      return info.kind;
    }
  }
  return std::nullopt;
}

void visit_fields(const yaml::Value& resource, Kind kind, const std::function<void(const FieldAt&)>& visit) {
  const FieldVisitor visitor(visit);
  for (const std::span<const FieldInfo> fields : {common_fields(), kind_info(kind).fields}) {
    for (const FieldInfo& field : fields) visitor.follow({&field, -1, {}, {}, resource}, field.path);
  }
}

bool leads_to(const FieldInfo& field, std::span<const std::string> path, std::size_t below) {
  std::string_view rest = field.path;
  const auto take = [&path] {
    const std::string_view first = path.front();
    path = path.subspan(1);
    return first;
  };
  while (!rest.empty()) {
    const Step step = take_step(rest);
    if (path.empty()) return false;
    if (const std::string_view key = take(); !step.any_key() && key != step.key) return false;
    if (step.items && (path.empty() || take() != "[]")) return false;
  }
  if (field.form == FieldForm::Items && (path.empty() || take() != "[]")) return false;
  return path.size() == below;
}

const Labels* pod_selector(const Resource& resource) {
  return std::visit(
      [](const auto& decoded) -> const Labels* {
        using Decoded = std::decay_t<decltype(decoded)>;
        if constexpr (std::is_same_v<Decoded, PeerAuthentication> ||
                      std::is_same_v<Decoded, AuthorizationPolicy> || std::is_same_v<Decoded, Service> ||
                      std::is_same_v<Decoded, Gateway>) {
          return &decoded.selector;
        } else {
          return nullptr;
        }
      },
      resource);
}

}  // namespace workspace
