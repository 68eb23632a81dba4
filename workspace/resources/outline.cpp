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

// What decode_metadata looks at.
constexpr std::array kAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations")};
constexpr std::array kMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                  some("annotations", kAnnotations)};

constexpr std::array kWhole = {all("apiVersion"), all("kind"), some("metadata", kMetadata), all("spec")};

constexpr std::array kExportTo = {all("exportTo")};
constexpr std::array kExported = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                  some("spec", kExportTo)};

constexpr std::array kServiceSpec = {all("selector"), all("ports")};
constexpr std::array kService = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kServiceSpec)};

constexpr std::array kInjection = {all("istio-injection")};
constexpr std::array kNamespaceMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                           some("annotations", kAnnotations), some("labels", kInjection)};
constexpr std::array kNamespace = {all("apiVersion"), all("kind"), some("metadata", kNamespaceMetadata)};

constexpr std::array kPodAnnotations = {all("istio-mtls/ignore"), all("kiali.io/ignore-validations"),
                                        all("sidecar.istio.io/inject")};
constexpr std::array kPodMetadata = {all("name"), all("namespace"), all("creationTimestamp"),
                                     some("annotations", kPodAnnotations), all("labels")};
constexpr std::array kContainer = {all("ports")};
constexpr std::array kPodSpec = {all("hostNetwork"), some("containers", kContainer)};
constexpr std::array kPod = {all("apiVersion"), all("kind"), some("metadata", kPodMetadata),
                             some("spec", kPodSpec)};

constexpr std::array kTemplate = {some("metadata", kPodMetadata), some("spec", kPodSpec)};
constexpr std::array kTemplateSpec = {some("template", kTemplate)};
constexpr std::array kWorkload = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                  some("spec", kTemplateSpec)};

constexpr std::array kJobTemplate = {some("spec", kTemplateSpec)};
constexpr std::array kCronJobSpec = {some("jobTemplate", kJobTemplate)};
constexpr std::array kCronJob = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                 some("spec", kCronJobSpec)};

constexpr std::array kMeshData = {all("mesh")};
constexpr std::array kConfigMap = {all("apiVersion"), all("kind"), some("metadata", kMetadata),
                                   some("data", kMeshData), some("spec", kExportTo)};

// The roots, by `kind`. A foreign kind of the same name is read like ours, and found out by its decoder.
constexpr std::array kKinds = {
    some("Service", kService),
    some("Deployment", kWorkload),
    some("ConfigMap", kConfigMap),
    some("DestinationRule", kWhole),
    some("PeerAuthentication", kWhole),
    some("AuthorizationPolicy", kWhole),
    some("Namespace", kNamespace),
    some("ServiceEntry", kExported),
    some("Sidecar", kExported),
    some("Pod", kPod),
    some("StatefulSet", kWorkload),
    some("DaemonSet", kWorkload),
    some("ReplicaSet", kWorkload),
    some("Job", kWorkload),
    some("CronJob", kCronJob),
    some("IstioOperator", kWhole),
    some("Istio", kWhole),
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
  return known == kKinds.end() ? some(kind, {}) : *known;
}

}  // namespace workspace
