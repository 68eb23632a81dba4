#include "workspace/cluster/cluster_kinds.h"

#include <array>

namespace workspace {
namespace {

using yaml::Outline;

constexpr Outline all(std::string_view key) { return {key, {}, true}; }
constexpr Outline some(std::string_view key, std::span<const Outline> children) {
  return {key, children, false};
}
constexpr Outline prefixed(std::string_view prefix) { return {prefix, {}, true, true}; }

constexpr std::array kSuppressions = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations")};

// Of a kind whose age counts.
constexpr std::array kAgedMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                      some("annotations", kSuppressions)};
constexpr std::array kAged = {some("metadata", kAgedMetadata), all("spec")};

constexpr std::array kPlainMetadata = {all("name"), all("namespace"), some("annotations", kSuppressions)};

constexpr std::array kServiceEntrySpec = {all("exportTo"), all("hosts")};
constexpr std::array kServiceEntry = {some("metadata", kAgedMetadata), some("spec", kServiceEntrySpec)};

constexpr std::array kHosts = {all("hosts")};
constexpr std::array kSidecarSpec = {all("workloadSelector"), some("egress", kHosts)};
constexpr std::array kSidecar = {some("metadata", kAgedMetadata), some("spec", kSidecarSpec)};

constexpr std::array kGatewaySpec = {all("selector")};
constexpr std::array kGateway = {some("metadata", kPlainMetadata), some("spec", kGatewaySpec)};

constexpr std::array kLabelledMetadata = {all("name"), all("namespace"), all("labels"),
                                          some("annotations", kSuppressions)};
constexpr std::array kLabels = {all("labels")};
constexpr std::array kLabelsAndPorts = {all("labels"), all("ports")};
constexpr std::array kGroupSpec = {all("labels"), all("ports"), some("metadata", kLabels),
                                   some("template", kLabelsAndPorts)};
constexpr std::array kWorkloadEntry = {some("metadata", kLabelledMetadata), some("spec", kGroupSpec)};

constexpr std::array kNamespaceLabels = {all("istio-injection"), all("istio.io/rev"),
                                         all("istio.io/dataplane-mode")};
constexpr std::array kNamespaceMetadata = {all("name"), some("labels", kNamespaceLabels),
                                           some("annotations", kSuppressions)};
constexpr std::array kNamespace = {some("metadata", kNamespaceMetadata)};

constexpr std::array kServiceAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations"),
                                            all("prometheus.io/port")};
constexpr std::array kServiceMetadata = {all("name"), all("namespace"), all("labels"),
                                         some("annotations", kServiceAnnotations)};
constexpr std::array kServicePort = {all("name"), all("port"), all("targetPort"), all("protocol"),
                                     all("appProtocol")};
constexpr std::array kServiceSpec = {all("selector"), all("type"), all("clusterIP"),
                                     some("ports", kServicePort)};
constexpr std::array kService = {some("metadata", kServiceMetadata), some("spec", kServiceSpec)};

constexpr std::array kMesh = {all("mesh")};
constexpr std::array kConfigMap = {some("metadata", kPlainMetadata), some("data", kMesh)};

constexpr std::array kProbePort = {all("port")};
constexpr std::array kProbe = {some("httpGet", kProbePort), some("grpc", kProbePort)};
constexpr std::array kContainerPort = {all("name"), all("containerPort"), all("protocol")};
constexpr std::array kContainer = {all("name"), some("ports", kContainerPort), some("livenessProbe", kProbe),
                                   some("readinessProbe", kProbe), some("startupProbe", kProbe)};
constexpr std::array kInitContainer = {all("name")};
constexpr std::array kPodSpec = {all("hostNetwork"), some("containers", kContainer),
                                 some("initContainers", kInitContainer)};
constexpr std::array kPodAnnotations = {
    all("istio-mtls/ignore"),         all("kiali.io/ignore-validations"),
    prefixed("sidecar.istio.io/"),    prefixed("traffic.sidecar.istio.io/"),
    all("inject.istio.io/templates"), all("ambient.istio.io/redirection"),
    all("prometheus.io/port")};
constexpr std::array kOwner = {all("apiVersion"), all("kind"), all("name"), all("controller")};
constexpr std::array kPodMetadata = {all("name"),
                                     all("namespace"),
                                     all("labels"),
                                     some("annotations", kPodAnnotations),
                                     all("deletionTimestamp"),
                                     some("ownerReferences", kOwner)};
constexpr std::array kPhase = {all("phase")};
constexpr std::array kPod = {some("metadata", kPodMetadata), some("spec", kPodSpec), some("status", kPhase)};

constexpr std::array kTemplateMetadata = {all("labels"), some("annotations", kPodAnnotations)};
constexpr std::array kTemplate = {some("metadata", kTemplateMetadata), some("spec", kPodSpec)};
constexpr std::array kTemplateSpec = {some("template", kTemplate)};
constexpr std::array kControllerMetadata = {all("name"), all("namespace"), some("annotations", kSuppressions),
                                            some("ownerReferences", kOwner)};
constexpr std::array kController = {some("metadata", kControllerMetadata), some("spec", kTemplateSpec)};
constexpr std::array kRun = {some("metadata", kControllerMetadata)};
constexpr std::array kJobTemplate = {some("spec", kTemplateSpec)};
constexpr std::array kCronJobSpec = {some("jobTemplate", kJobTemplate)};
constexpr std::array kCronJob = {some("metadata", kControllerMetadata), some("spec", kCronJobSpec)};

constexpr std::array kDomain = {all("clusterDomain")};
constexpr std::array kGlobal = {some("proxy", kDomain)};
constexpr std::array kWebhookValues = {all("rewriteAppHTTPProbe")};
constexpr std::array kMeshConfig = {all("rootNamespace"), all("clusterDomain"), all("enableAutoMtls"),
                                    all("defaultDestinationRuleExportTo")};
constexpr std::array kValues = {some("global", kGlobal), some("meshConfig", kMeshConfig),
                                some("sidecarInjectorWebhook", kWebhookValues)};
constexpr std::array kInstallSpec = {some("meshConfig", kMeshConfig), some("values", kValues)};
constexpr std::array kInstall = {some("metadata", kPlainMetadata), some("spec", kInstallSpec)};

constexpr std::array kTargets = {all("targetRefs")};
constexpr std::array kBackendTls = {some("metadata", kAgedMetadata), some("spec", kTargets)};

constexpr std::array kServiceReference = {all("name"), all("namespace"), all("port")};
constexpr std::array kCalledService = {some("service", kServiceReference)};
constexpr std::array kClientConfig = {some("clientConfig", kCalledService)};
constexpr std::array kWebhooks = {some("metadata", kPlainMetadata), some("webhooks", kClientConfig)};
constexpr std::array kConversion = {some("webhook", kClientConfig)};
constexpr std::array kDefinitionSpec = {some("conversion", kConversion)};
constexpr std::array kDefinition = {some("metadata", kPlainMetadata), some("spec", kDefinitionSpec)};
constexpr std::array kApiService = {some("metadata", kPlainMetadata), some("spec", kCalledService)};

constexpr std::array kTargetLabel = {all("targetLabel")};
constexpr std::array kEndpoint = {all("port"),   all("portNumber"), all("targetPort"),
                                  all("scheme"), all("tlsConfig"),  some("relabelings", kTargetLabel)};
constexpr std::array kMonitorSpec = {all("selector"), all("namespaceSelector"), some("endpoints", kEndpoint),
                                     some("podMetricsEndpoints", kEndpoint)};
constexpr std::array kMonitor = {some("metadata", kPlainMetadata), some("spec", kMonitorSpec)};

constexpr std::array kIngressAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations"),
                                            all("kubernetes.io/ingress.class")};
constexpr std::array kIngressMetadata = {all("name"), all("namespace"),
                                         some("annotations", kIngressAnnotations)};
constexpr std::array kBackendService = {all("service")};
constexpr std::array kPath = {some("backend", kBackendService)};
constexpr std::array kPaths = {some("paths", kPath)};
constexpr std::array kRule = {some("http", kPaths)};
constexpr std::array kIngressSpec = {all("ingressClassName"), some("defaultBackend", kBackendService),
                                     some("rules", kRule)};
constexpr std::array kIngress = {some("metadata", kIngressMetadata), some("spec", kIngressSpec)};

using Use = ClusterKindUse;

// CustomResourceDefinitions carry schemas, of which a page must not be too many.
constexpr unsigned kFew = 50;
constexpr unsigned kMany = 500;

constexpr std::array kKinds = {
    ClusterKind{"", "ConfigMap", Use::MeshConfig, kMany, kConfigMap},
    ClusterKind{"", "Namespace", Use::Whole, kMany, kNamespace},
    ClusterKind{"", "Pod", Use::Pod, kMany, kPod},
    ClusterKind{"", "Service", Use::Whole, kMany, kService},
    ClusterKind{"admissionregistration.k8s.io", "MutatingWebhookConfiguration", Use::Calls, kMany, kWebhooks},
    ClusterKind{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", Use::Calls, kMany,
                kWebhooks},
    ClusterKind{"apiextensions.k8s.io", "CustomResourceDefinition", Use::Calls, kFew, kDefinition},
    ClusterKind{"apiregistration.k8s.io", "APIService", Use::Calls, kMany, kApiService},
    ClusterKind{"apps", "DaemonSet", Use::Controller, kMany, kController},
    ClusterKind{"apps", "Deployment", Use::Controller, kMany, kController},
    ClusterKind{"apps", "ReplicaSet", Use::Owner, kMany, kController},
    ClusterKind{"apps", "StatefulSet", Use::Controller, kMany, kController},
    ClusterKind{"batch", "CronJob", Use::Controller, kMany, kCronJob},
    ClusterKind{"batch", "Job", Use::Run, kMany, kRun},
    ClusterKind{"gateway.networking.k8s.io", "BackendTLSPolicy", Use::Whole, kMany, kBackendTls},
    ClusterKind{"install.istio.io", "IstioOperator", Use::Whole, kMany, kInstall},
    ClusterKind{"monitoring.coreos.com", "PodMonitor", Use::Whole, kMany, kMonitor},
    ClusterKind{"monitoring.coreos.com", "ServiceMonitor", Use::Whole, kMany, kMonitor},
    ClusterKind{"networking.istio.io", "DestinationRule", Use::Whole, kMany, kAged},
    ClusterKind{"networking.istio.io", "Gateway", Use::Whole, kMany, kGateway},
    ClusterKind{"networking.istio.io", "ServiceEntry", Use::Whole, kMany, kServiceEntry},
    ClusterKind{"networking.istio.io", "Sidecar", Use::Whole, kMany, kSidecar},
    ClusterKind{"networking.istio.io", "WorkloadEntry", Use::Whole, kMany, kWorkloadEntry},
    ClusterKind{"networking.istio.io", "WorkloadGroup", Use::Whole, kMany, kWorkloadEntry},
    ClusterKind{"networking.k8s.io", "Ingress", Use::Whole, kMany, kIngress},
    ClusterKind{"sailoperator.io", "Istio", Use::Whole, kMany, kInstall},
    ClusterKind{"security.istio.io", "AuthorizationPolicy", Use::Whole, kMany, kAged},
    ClusterKind{"security.istio.io", "PeerAuthentication", Use::Whole, kMany, kAged},
};

}  // namespace

std::span<const ClusterKind> cluster_kinds() { return kKinds; }

}  // namespace workspace
