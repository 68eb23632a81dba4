#include "workspace/sources/merge_keys.h"

#include <algorithm>
#include <array>

// Drawn from Kubernetes' OpenAPI description of 1.21, the one that kustomize 5.8 carries: of each type the
// fields that are merged lists (x-kubernetes-patch-strategy, with the keys of their items) or lead to one.
namespace workspace::kustomize {
namespace {

constexpr std::uint8_t kNone = 255;

struct Field {
  std::uint8_t type;
  std::string_view name;
  std::uint8_t next;      // the type of the value, of a list that of its items
  std::string_view keys;  // empty: no merged list; "=": its items are compared as they are
};

constexpr std::array<Field, 59> kFields = {{
    {0, "metadata", 27, ""},
    {0, "webhooks", kNone, "name"},
    {1, "metadata", 27, ""},
    {2, "metadata", 27, ""},
    {2, "spec", 3, ""},
    {2, "status", 4, ""},
    {3, "template", 20, ""},
    {4, "conditions", kNone, "type"},
    {5, "metadata", 27, ""},
    {5, "spec", 6, ""},
    {6, "jobTemplate", 7, ""},
    {7, "metadata", 27, ""},
    {7, "spec", 3, ""},
    {8, "conditions", kNone, "type"},
    {8, "metadata", 27, ""},
    {9, "env", kNone, "name"},
    {9, "ports", kNone, "containerPort protocol"},
    {9, "volumeDevices", kNone, "devicePath"},
    {9, "volumeMounts", kNone, "mountPath"},
    {10, "env", kNone, "name"},
    {10, "volumeDevices", kNone, "devicePath"},
    {10, "volumeMounts", kNone, "mountPath"},
    {11, "volumeClaimTemplate", 1, ""},
    {12, "metadata", 27, ""},
    {12, "status", 4, ""},
    {13, "metadata", 27, ""},
    {13, "spec", 14, ""},
    {13, "status", 15, ""},
    {14, "podCIDRs", kNone, "="},
    {15, "addresses", kNone, "type"},
    {15, "conditions", kNone, "type"},
    {16, "metadata", 27, ""},
    {16, "spec", 17, ""},
    {16, "status", 18, ""},
    {17, "containers", 9, "name"},
    {17, "ephemeralContainers", 10, "name"},
    {17, "hostAliases", kNone, "ip"},
    {17, "imagePullSecrets", kNone, "name"},
    {17, "initContainers", 9, "name"},
    {17, "topologySpreadConstraints", kNone, "topologyKey whenUnsatisfiable"},
    {17, "volumes", 24, "name"},
    {18, "conditions", kNone, "type"},
    {18, "podIPs", kNone, "ip"},
    {19, "metadata", 27, ""},
    {19, "template", 20, ""},
    {20, "metadata", 27, ""},
    {20, "spec", 17, ""},
    {21, "metadata", 27, ""},
    {21, "spec", 23, ""},
    {21, "status", 4, ""},
    {22, "metadata", 27, ""},
    {22, "secrets", kNone, "name"},
    {23, "ports", kNone, "port protocol"},
    {24, "ephemeral", 11, ""},
    {25, "metadata", 27, ""},
    {25, "spec", 26, ""},
    {26, "drivers", kNone, "name"},
    {27, "finalizers", kNone, "="},
    {27, "ownerReferences", kNone, "uid"},
}};

struct Kind {
  std::string_view api_version;
  std::string_view kind;
  std::uint8_t type;
};

constexpr std::array<Kind, 89> kKinds = {{
    {"v1", "Binding", 1},
    {"v1", "ComponentStatus", 8},
    {"v1", "ConfigMap", 1},
    {"v1", "Endpoints", 1},
    {"v1", "Event", 1},
    {"v1", "LimitRange", 1},
    {"v1", "Namespace", 12},
    {"v1", "Node", 13},
    {"v1", "PersistentVolume", 1},
    {"v1", "PersistentVolumeClaim", 12},
    {"v1", "Pod", 16},
    {"v1", "PodTemplate", 19},
    {"v1", "ReplicationController", 2},
    {"v1", "ResourceQuota", 1},
    {"v1", "Secret", 1},
    {"v1", "Service", 21},
    {"v1", "ServiceAccount", 22},
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", 0},
    {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", 0},
    {"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 0},
    {"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 0},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", 1},
    {"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 1},
    {"apiregistration.k8s.io/v1", "APIService", 12},
    {"apiregistration.k8s.io/v1beta1", "APIService", 12},
    {"apps/v1", "ControllerRevision", 1},
    {"apps/v1", "DaemonSet", 2},
    {"apps/v1", "Deployment", 2},
    {"apps/v1", "ReplicaSet", 2},
    {"apps/v1", "StatefulSet", 2},
    {"authentication.k8s.io/v1", "TokenRequest", 1},
    {"authentication.k8s.io/v1", "TokenReview", 1},
    {"authentication.k8s.io/v1beta1", "TokenReview", 1},
    {"authorization.k8s.io/v1", "LocalSubjectAccessReview", 1},
    {"authorization.k8s.io/v1", "SelfSubjectAccessReview", 1},
    {"authorization.k8s.io/v1", "SelfSubjectRulesReview", 1},
    {"authorization.k8s.io/v1", "SubjectAccessReview", 1},
    {"authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", 1},
    {"authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", 1},
    {"authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", 1},
    {"authorization.k8s.io/v1beta1", "SubjectAccessReview", 1},
    {"autoscaling/v1", "HorizontalPodAutoscaler", 1},
    {"autoscaling/v1", "Scale", 1},
    {"autoscaling/v2beta1", "HorizontalPodAutoscaler", 1},
    {"autoscaling/v2beta2", "HorizontalPodAutoscaler", 1},
    {"batch/v1", "CronJob", 5},
    {"batch/v1", "Job", 2},
    {"batch/v1beta1", "CronJob", 5},
    {"certificates.k8s.io/v1", "CertificateSigningRequest", 1},
    {"certificates.k8s.io/v1beta1", "CertificateSigningRequest", 1},
    {"coordination.k8s.io/v1", "Lease", 1},
    {"coordination.k8s.io/v1beta1", "Lease", 1},
    {"discovery.k8s.io/v1", "EndpointSlice", 1},
    {"discovery.k8s.io/v1beta1", "EndpointSlice", 1},
    {"events.k8s.io/v1", "Event", 1},
    {"events.k8s.io/v1beta1", "Event", 1},
    {"extensions/v1beta1", "Ingress", 1},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", 1},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", 1},
    {"networking.k8s.io/v1", "Ingress", 1},
    {"networking.k8s.io/v1", "IngressClass", 1},
    {"networking.k8s.io/v1", "NetworkPolicy", 1},
    {"networking.k8s.io/v1beta1", "Ingress", 1},
    {"networking.k8s.io/v1beta1", "IngressClass", 1},
    {"node.k8s.io/v1", "RuntimeClass", 1},
    {"node.k8s.io/v1beta1", "RuntimeClass", 1},
    {"policy/v1", "PodDisruptionBudget", 12},
    {"policy/v1beta1", "Eviction", 1},
    {"policy/v1beta1", "PodDisruptionBudget", 12},
    {"policy/v1beta1", "PodSecurityPolicy", 1},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", 1},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", 1},
    {"rbac.authorization.k8s.io/v1", "Role", 1},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", 1},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRole", 1},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", 1},
    {"rbac.authorization.k8s.io/v1beta1", "Role", 1},
    {"rbac.authorization.k8s.io/v1beta1", "RoleBinding", 1},
    {"scheduling.k8s.io/v1", "PriorityClass", 1},
    {"scheduling.k8s.io/v1beta1", "PriorityClass", 1},
    {"storage.k8s.io/v1", "CSIDriver", 1},
    {"storage.k8s.io/v1", "CSINode", 25},
    {"storage.k8s.io/v1", "StorageClass", 1},
    {"storage.k8s.io/v1", "VolumeAttachment", 1},
    {"storage.k8s.io/v1beta1", "CSIDriver", 1},
    {"storage.k8s.io/v1beta1", "CSINode", 25},
    {"storage.k8s.io/v1beta1", "CSIStorageCapacity", 1},
    {"storage.k8s.io/v1beta1", "StorageClass", 1},
    {"storage.k8s.io/v1beta1", "VolumeAttachment", 1},
}};

struct Scope {
  std::string_view api_version;
  std::string_view kinds;  // each between blanks
};

// What kustomize knows to have no namespace.
constexpr std::array<Scope, 21> kClusterScoped = {{
    {"admissionregistration.k8s.io/v1",
     " MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy "
     "ValidatingAdmissionPolicyBinding "},
    {"admissionregistration.k8s.io/v1beta1", " MutatingWebhookConfiguration ValidatingWebhookConfiguration "},
    {"apiextensions.k8s.io/v1", " CustomResourceDefinition "},
    {"apiextensions.k8s.io/v1beta1", " CustomResourceDefinition "},
    {"apiregistration.k8s.io/v1", " APIService "},
    {"apiregistration.k8s.io/v1beta1", " APIService "},
    {"certificates.k8s.io/v1", " CertificateSigningRequest "},
    {"certificates.k8s.io/v1beta1", " CertificateSigningRequest "},
    {"flowcontrol.apiserver.k8s.io/v1beta1", " FlowSchema PriorityLevelConfiguration "},
    {"networking.k8s.io/v1", " IngressClass "},
    {"networking.k8s.io/v1beta1", " IngressClass "},
    {"node.k8s.io/v1", " RuntimeClass "},
    {"node.k8s.io/v1beta1", " RuntimeClass "},
    {"policy/v1beta1", " PodSecurityPolicy "},
    {"rbac.authorization.k8s.io/v1", " ClusterRole ClusterRoleBinding "},
    {"rbac.authorization.k8s.io/v1beta1", " ClusterRole ClusterRoleBinding "},
    {"scheduling.k8s.io/v1", " PriorityClass "},
    {"scheduling.k8s.io/v1beta1", " PriorityClass "},
    {"storage.k8s.io/v1", " CSIDriver CSINode StorageClass VolumeAttachment "},
    {"storage.k8s.io/v1beta1", " CSIDriver CSINode StorageClass VolumeAttachment "},
    {"v1", " ComponentStatus Namespace Node NodeProxyOptions PersistentVolume "},
}};

}  // namespace

MergeType MergeType::of_kind(std::string_view api_version, std::string_view kind) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& known) {
    return known.kind == kind && known.api_version == api_version;
  });
  if (found != kKinds.end()) return MergeType(found->type);
  return {};
}

MergeField MergeType::field(std::string_view name) const {
  if (type_ == kUnknown) return {};
  for (const Field& field : kFields) {
    if (field.type == type_ && field.name == name) return {MergeType(field.next), field.keys};
  }
  return {MergeType(kNone), {}};
}

bool is_cluster_scoped(std::string_view api_version, std::string_view kind) {
  for (const Scope& scope : kClusterScoped) {
    if (scope.api_version != api_version) continue;
    const std::size_t at = scope.kinds.find(kind);
    return !kind.empty() && at != std::string_view::npos && scope.kinds[at - 1] == ' ' &&
           scope.kinds[at + kind.size()] == ' ';
  }
  return false;
}

}  // namespace workspace::kustomize
