#include "workspace/resources/resource_id.h"

#include <array>

namespace workspace {

namespace {

struct KindRow {
  Kind kind;
  std::string_view name;
  std::string_view group;  // empty: the core group
};

// Source: docs/design/mtls-semantics.md, section 1, the table of kinds. In the order of the enumeration.
constexpr std::array kKinds = {
    KindRow{Kind::PeerAuthentication, "PeerAuthentication", "security.istio.io"},
    KindRow{Kind::AuthorizationPolicy, "AuthorizationPolicy", "security.istio.io"},
    KindRow{Kind::DestinationRule, "DestinationRule", "networking.istio.io"},
    KindRow{Kind::ServiceEntry, "ServiceEntry", "networking.istio.io"},
    KindRow{Kind::Sidecar, "Sidecar", "networking.istio.io"},
    KindRow{Kind::Namespace, "Namespace", ""},
    KindRow{Kind::Service, "Service", ""},
    KindRow{Kind::Pod, "Pod", ""},
    KindRow{Kind::Deployment, "Deployment", "apps"},
    KindRow{Kind::StatefulSet, "StatefulSet", "apps"},
    KindRow{Kind::DaemonSet, "DaemonSet", "apps"},
    KindRow{Kind::ReplicaSet, "ReplicaSet", "apps"},
    KindRow{Kind::Job, "Job", "batch"},
    KindRow{Kind::CronJob, "CronJob", "batch"},
    KindRow{Kind::ConfigMap, "ConfigMap", ""},
    KindRow{Kind::IstioOperator, "IstioOperator", "install.istio.io"},
    KindRow{Kind::Istio, "Istio", "sailoperator.io"},
};

}  // namespace

std::string_view kind_name(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].name; }

std::optional<Kind> kind_of(std::string_view api_version, std::string_view kind) {
  const std::size_t slash = api_version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
  for (const KindRow& row : kKinds) {
    if (row.name == kind && row.group == group) return row.kind;
  }
  return std::nullopt;
}

std::string to_string(const ResourceId& id) {
  std::string text(kind_name(id.kind));
  text += ' ';
  if (!id.ns.empty()) text.append(id.ns.view()).append("/");
  return text + id.name;
}

}  // namespace workspace
