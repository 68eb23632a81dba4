#include "workspace/resources/outline.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace workspace {
namespace {

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
    all("inject.istio.io/templates"), all("prometheus.io/port")};
constexpr std::array kPodMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                     some("annotations", kPodAnnotations), all("labels")};
constexpr std::array kProbePort = {all("port")};
constexpr std::array kProbe = {some("httpGet", kProbePort), some("grpc", kProbePort)};
constexpr std::array kNameAndKey = {all("name"), all("key")};
constexpr std::array kValueFrom = {some("configMapKeyRef", kNameAndKey)};
constexpr std::array kVariable = {all("value"), some("valueFrom", kValueFrom)};
constexpr std::array kEnvFrom = {some("configMapRef", kNameAndKey)};
constexpr std::array kContainer = {all("ports"),
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
                                         some("annotations", kServiceAnnotations),
                                         some("labels", kOwnLabels)};
constexpr std::array kServiceSpec = {all("selector"), all("ports"), all("type"), all("clusterIP"),
                                     kPodTemplate};
constexpr std::array kService = {all("apiVersion"), all("kind"), some("metadata", kServiceMetadata),
                                 some("spec", kServiceSpec)};

constexpr std::array kNamespace = {all("apiVersion"), all("kind"), some("metadata", kLabelledMetadata),
                                   some("spec", kTemplateSpec)};

constexpr std::array kPodRootSpec = {all("hostNetwork"), some("containers", kContainer), kPodTemplate};
constexpr std::array kPod = {all("apiVersion"), all("kind"), some("metadata", kPodMetadata),
                             some("spec", kPodRootSpec)};

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

// The roots, by `kind`. A foreign kind of the same name is read like ours, and found out by its decoder.
constexpr std::array kKinds = {
    some("Service", kService),
    some("Deployment", kWorkload),
    some("ConfigMap", kConfigMap),
    some("DestinationRule", kWhole),
    some("PeerAuthentication", kWhole),
    some("AuthorizationPolicy", kWhole),
    some("Namespace", kNamespace),
    some("ServiceEntry", kServiceEntry),
    some("Sidecar", kSidecar),
    some("Gateway", kGateway),
    some("WorkloadEntry", kLabelled),
    some("WorkloadGroup", kLabelled),
    some("Pod", kPod),
    some("CronJob", kCronJob),
    some("IstioOperator", kWhole),
    some("Istio", kWhole),
    some("BackendTLSPolicy", kBackendTls),
    some("MutatingWebhookConfiguration", kWebhooks),
    some("ValidatingWebhookConfiguration", kWebhooks),
    some("CustomResourceDefinition", kDefinition),
    some("APIService", kApiService),
    some("ServiceMonitor", kWhole),
    some("PodMonitor", kWhole),
    some("Ingress", kIngress),
};

// The first word after `kind:` where that starts a line, which is mostly one of the first; empty: there is no
// such line.
std::string_view first_kind(std::string_view text) {
  constexpr std::string_view kKey = "kind:";
  std::size_t line = 0;
  while (!text.substr(line).starts_with(kKey)) {
    line = text.find('\n', line);
    if (line == std::string_view::npos) return {};
    ++line;
  }
  const std::size_t begin = std::min(text.find_first_not_of(' ', line + kKey.size()), text.size());
  return text.substr(begin, std::min(text.find_first_of(" \r\n", begin), text.size()) - begin);
}

}  // namespace

yaml::Outline outline_of(std::string_view text) {
  const std::string_view kind = first_kind(text);
  const bool is_word =
      std::all_of(kind.begin(), kind.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  if (!is_word || kind.ends_with("List")) return yaml::kEverything;
  const auto known =
      std::find_if(kKinds.begin(), kKinds.end(), [kind](const Outline& root) { return root.name == kind; });
  return known == kKinds.end() ? some(kind, kWorkload) : *known;
}

}  // namespace workspace
