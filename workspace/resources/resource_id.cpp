#include "workspace/resources/resource_id.h"

#include <array>

namespace workspace {

namespace {

struct KindRow {
  Kind kind;
  std::string_view name;
  std::string_view group;  // empty: the core group
  bool cluster_scoped = false;
};

// Source: docs/design/mtls-semantics.md, section 1, the table of kinds. In the order of the enumeration.
constexpr std::array kKinds = {
    KindRow{Kind::PeerAuthentication, "PeerAuthentication", "security.istio.io"},
    KindRow{Kind::AuthorizationPolicy, "AuthorizationPolicy", "security.istio.io"},
    KindRow{Kind::RequestAuthentication, "RequestAuthentication", "security.istio.io"},
    KindRow{Kind::DestinationRule, "DestinationRule", "networking.istio.io"},
    KindRow{Kind::ServiceEntry, "ServiceEntry", "networking.istio.io"},
    KindRow{Kind::Sidecar, "Sidecar", "networking.istio.io"},
    KindRow{Kind::Gateway, "Gateway", "networking.istio.io"},
    KindRow{Kind::WorkloadEntry, "WorkloadEntry", "networking.istio.io"},
    KindRow{Kind::WorkloadGroup, "WorkloadGroup", "networking.istio.io"},
    KindRow{Kind::Namespace, "Namespace", "", true},
    KindRow{Kind::Service, "Service", ""},
    KindRow{Kind::Pod, "Pod", ""},
    KindRow{Kind::Deployment, "Deployment", "apps"},
    KindRow{Kind::StatefulSet, "StatefulSet", "apps"},
    KindRow{Kind::DaemonSet, "DaemonSet", "apps"},
    KindRow{Kind::ReplicaSet, "ReplicaSet", "apps"},
    KindRow{Kind::Job, "Job", "batch"},
    KindRow{Kind::CronJob, "CronJob", "batch"},
    KindRow{Kind::OtherWorkload, "OtherWorkload", ""},
    KindRow{Kind::ConfigMap, "ConfigMap", ""},
    KindRow{Kind::IstioOperator, "IstioOperator", "install.istio.io"},
    KindRow{Kind::Istio, "Istio", "sailoperator.io"},
    KindRow{Kind::BackendTLSPolicy, "BackendTLSPolicy", "gateway.networking.k8s.io"},
    KindRow{Kind::MutatingWebhookConfiguration, "MutatingWebhookConfiguration",
            "admissionregistration.k8s.io", true},
    KindRow{Kind::ValidatingWebhookConfiguration, "ValidatingWebhookConfiguration",
            "admissionregistration.k8s.io", true},
    KindRow{Kind::CustomResourceDefinition, "CustomResourceDefinition", "apiextensions.k8s.io", true},
    KindRow{Kind::APIService, "APIService", "apiregistration.k8s.io", true},
    KindRow{Kind::ServiceMonitor, "ServiceMonitor", "monitoring.coreos.com"},
    KindRow{Kind::PodMonitor, "PodMonitor", "monitoring.coreos.com"},
    KindRow{Kind::Ingress, "Ingress", "networking.k8s.io"},
};
static_assert(kKinds.size() == kKindCount);

}  // namespace

std::string_view kind_name(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].name; }

std::string_view kind_name(const ResourceId& id) {
  return id.other_kind ? id.other_kind->name.view() : kind_name(id.kind);
}

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

std::optional<Kind> kind_of(std::string_view api_version, std::string_view kind) {
  const std::string_view group = group_of(api_version);
  for (const KindRow& row : kKinds) {
    if (row.name == kind && row.group == group && row.kind != Kind::OtherWorkload) return row.kind;
  }
  return std::nullopt;
}

bool is_cluster_scoped(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].cluster_scoped; }

std::string to_string(const ResourceId& id) {
  std::string text(kind_name(id));
  text += ' ';
  if (!id.ns.empty()) text.append(id.ns.view()).append("/");
  return text + id.name;
}

}  // namespace workspace
