#include "workspace/sources/field_specs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace workspace::kustomize {
namespace {

using Specs = std::vector<FieldSpec>;

constexpr std::array<std::string_view, 22> kFirstKinds = {"Namespace",
                                                          "ResourceQuota",
                                                          "StorageClass",
                                                          "CustomResourceDefinition",
                                                          "ServiceAccount",
                                                          "PodSecurityPolicy",
                                                          "Role",
                                                          "ClusterRole",
                                                          "RoleBinding",
                                                          "ClusterRoleBinding",
                                                          "ConfigMap",
                                                          "Secret",
                                                          "Endpoints",
                                                          "Service",
                                                          "LimitRange",
                                                          "PriorityClass",
                                                          "PersistentVolume",
                                                          "PersistentVolumeClaim",
                                                          "Deployment",
                                                          "StatefulSet",
                                                          "CronJob",
                                                          "PodDisruptionBudget"};
constexpr std::array<std::string_view, 2> kLastKinds = {"MutatingWebhookConfiguration",
                                                        "ValidatingWebhookConfiguration"};

// Where a kind holds a pod's spec.
struct PodHolder {
  std::string_view kind;
  std::string_view version;
  std::string_view path;
};
constexpr std::array<PodHolder, 9> kPodHolders = {{{"Pod", "v1", "spec/"},
                                                   {"PodTemplate", "", "template/spec/"},
                                                   {"Deployment", "", "spec/template/spec/"},
                                                   {"ReplicaSet", "", "spec/template/spec/"},
                                                   {"DaemonSet", "", "spec/template/spec/"},
                                                   {"StatefulSet", "", "spec/template/spec/"},
                                                   {"Job", "", "spec/template/spec/"},
                                                   {"CronJob", "", "spec/jobTemplate/spec/template/spec/"},
                                                   {"ReplicationController", "", "spec/template/spec/"}}};

FieldSpec spec(std::string_view path, std::string_view kind = {}, std::string_view group = {},
               std::string_view version = {}, bool create = false) {
  return {{std::string(group), std::string(version), std::string(kind)}, std::string(path), create};
}

// Of each kind in `kinds` the fields below its pod's spec.
void add_pod_fields(Specs& specs, std::initializer_list<std::string_view> kinds,
                    std::initializer_list<std::string_view> fields, bool with_version = true) {
  for (const std::string_view kind : kinds) {
    const auto* holder = std::find_if(kPodHolders.begin(), kPodHolders.end(),
                                      [&](const PodHolder& h) { return h.kind == kind; });
    for (const std::string_view field : fields) {
      specs.push_back(spec(fmt::format("{}{}", holder->path, field), kind, {},
                           with_version ? holder->version : std::string_view()));
    }
  }
}

Specs metadata_label_specs() {
  return {spec("metadata/labels", {}, {}, {}, true),
          spec("spec/template/metadata/labels", "ReplicationController", {}, "v1", true),
          spec("spec/template/metadata/labels", "Deployment", {}, {}, true),
          spec("spec/template/metadata/labels", "ReplicaSet", {}, {}, true),
          spec("spec/template/metadata/labels", "DaemonSet", {}, {}, true),
          spec("spec/template/metadata/labels", "StatefulSet", "apps", {}, true),
          spec("spec/template/metadata/labels", "Job", "batch", {}, true),
          spec("spec/jobTemplate/metadata/labels", "CronJob", "batch", {}, true),
          spec("spec/jobTemplate/spec/template/metadata/labels", "CronJob", "batch", {}, true)};
}

Specs volume_claim_label_specs() {
  return {spec("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps", {}, true)};
}

Specs common_label_specs() {
  Specs specs = {spec("spec/selector", "Service", {}, "v1", true),
                 spec("spec/selector", "ReplicationController", {}, "v1", true),
                 spec("spec/selector/matchLabels", "Deployment", {}, {}, true)};
  const auto add_affinity = [&](std::string_view kind) {
    for (const std::string_view affinity : {"podAffinity", "podAntiAffinity"}) {
      const std::string at = fmt::format("spec/template/spec/affinity/{}/", affinity);
      specs.push_back(
          spec(at + "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/"
                    "matchLabels",
               kind, "apps"));
      specs.push_back(spec(at + "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
                           kind, "apps"));
    }
    specs.push_back(
        spec("spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", kind, "apps"));
  };
  add_affinity("Deployment");
  specs.push_back(spec("spec/selector/matchLabels", "ReplicaSet", {}, {}, true));
  specs.push_back(spec("spec/selector/matchLabels", "DaemonSet", {}, {}, true));
  specs.push_back(spec("spec/selector/matchLabels", "StatefulSet", "apps", {}, true));
  add_affinity("StatefulSet");
  specs.push_back(spec("spec/selector/matchLabels", "Job", "batch"));
  specs.push_back(spec("spec/jobTemplate/spec/selector/matchLabels", "CronJob", "batch"));
  specs.push_back(spec("spec/selector/matchLabels", "PodDisruptionBudget", "policy"));
  for (const std::string_view path :
       {"spec/podSelector/matchLabels", "spec/ingress/from/podSelector/matchLabels",
        "spec/egress/to/podSelector/matchLabels"})
    specs.push_back(spec(path, "NetworkPolicy", "networking.k8s.io"));
  for (const Specs& more : {metadata_label_specs(), volume_claim_label_specs()})
    specs.insert(specs.end(), more.begin(), more.end());
  return specs;
}

Specs common_annotation_specs() {
  Specs specs = {spec("metadata/annotations", {}, {}, {}, true),
                 spec("spec/template/metadata/annotations", "ReplicationController", {}, "v1", true)};
  for (const std::string_view kind : {"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"})
    specs.push_back(spec("spec/template/metadata/annotations", kind, {}, {}, true));
  specs.push_back(spec("spec/template/metadata/annotations", "Job", "batch", {}, true));
  specs.push_back(spec("spec/jobTemplate/metadata/annotations", "CronJob", "batch", {}, true));
  specs.push_back(spec("spec/jobTemplate/spec/template/metadata/annotations", "CronJob", "batch", {}, true));
  return specs;
}

Specs var_reference_specs() {
  Specs specs;
  for (const std::string_view kind :
       {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"}) {
    add_pod_fields(specs, {kind},
                   {"containers/args", "containers/command", "containers/env/value",
                    "containers/volumeMounts/mountPath", "initContainers/args", "initContainers/command",
                    "initContainers/env/value", "initContainers/volumeMounts/mountPath"},
                   false);
  }
  add_pod_fields(specs, {"DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet"}, {"volumes/nfs/server"},
                 false);
  specs.push_back(spec("spec/jobTemplate/spec/template/volumes/nfs/server", "CronJob"));
  specs.push_back(spec("spec/volumeClaimTemplates/spec/nfs/server", "StatefulSet"));
  specs.push_back(spec("spec/template/metadata/annotations", "Deployment"));
  for (const std::string_view path : {"spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"})
    specs.push_back(spec(path, "Ingress"));
  specs.push_back(spec("spec/ports/port", "Service"));
  specs.push_back(spec("spec/ports/targetPort", "Service"));
  specs.push_back(spec("spec/nfs/server", "PersistentVolume"));
  specs.push_back(spec("metadata/labels"));
  specs.push_back(spec("metadata/annotations"));
  return specs;
}

Specs config_map_referrers() {
  Specs specs;
  add_pod_fields(
      specs, {"Pod", "PodTemplate", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"},
      {"volumes/configMap/name", "containers/env/valueFrom/configMapKeyRef/name",
       "initContainers/env/valueFrom/configMapKeyRef/name", "containers/envFrom/configMapRef/name",
       "initContainers/envFrom/configMapRef/name", "volumes/projected/sources/configMap/name"});
  specs.push_back(spec("spec/configSource/configMap", "Node"));
  specs.push_back(spec("rules/resourceNames", "Role"));
  specs.push_back(spec("rules/resourceNames", "ClusterRole"));
  specs.push_back(
      spec("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", "Ingress"));
  return specs;
}

Specs secret_referrers() {
  Specs specs;
  add_pod_fields(
      specs, {"Pod", "PodTemplate", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"},
      {"volumes/secret/secretName", "containers/env/valueFrom/secretKeyRef/name",
       "initContainers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name",
       "initContainers/envFrom/secretRef/name", "imagePullSecrets/name",
       "volumes/projected/sources/secret/name"});
  specs.push_back(spec("spec/tls/secretName", "Ingress"));
  for (const std::string_view name :
       {"ingress.kubernetes.io\\/auth-secret", "nginx.ingress.kubernetes.io\\/auth-secret",
        "nginx.ingress.kubernetes.io\\/auth-tls-secret"})
    specs.push_back(spec(fmt::format("metadata/annotations/{}", name), "Ingress"));
  specs.push_back(spec("imagePullSecrets/name", "ServiceAccount"));
  for (const std::string_view name : {"secretName", "adminSecretName", "userSecretName", "secretRef"})
    specs.push_back(spec(fmt::format("parameters/{}", name), "StorageClass"));
  specs.push_back(spec("rules/resourceNames", "Role"));
  specs.push_back(spec("rules/resourceNames", "ClusterRole"));
  specs.push_back(spec("spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Service",
                       "serving.knative.dev", "v1"));
  specs.push_back(spec("spec/azureFile/secretName", "PersistentVolume"));
  return specs;
}

// Fields of a pod's spec that name something, of the kinds that have them here.
Specs pod_referrers(std::string_view field) {
  Specs specs;
  add_pod_fields(specs,
                 {"Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"},
                 {field}, false);
  return specs;
}

std::vector<NameReference> name_references() {
  std::vector<NameReference> all;
  for (const std::string_view kind : {"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"})
    all.push_back(
        {{"", "", std::string(kind)}, {spec("spec/scaleTargetRef/name", "HorizontalPodAutoscaler")}});
  all.push_back({{"", "v1", "ConfigMap"}, config_map_referrers()});
  all.push_back({{"", "v1", "Secret"}, secret_referrers()});
  Specs service = {spec("spec/serviceName", "StatefulSet", "apps")};
  for (const std::string_view path :
       {"spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName",
        "spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name"})
    service.push_back(spec(path, "Ingress"));
  service.push_back(spec("spec/service/name", "APIService", "apiregistration.k8s.io"));
  for (const std::string_view kind : {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"})
    service.push_back(spec("webhooks/clientConfig/service", kind, "admissionregistration.k8s.io"));
  all.push_back({{"", "v1", "Service"}, std::move(service)});
  const std::string rbac = "rbac.authorization.k8s.io";
  all.push_back({{rbac, "", "Role"}, {spec("roleRef/name", "RoleBinding", rbac)}});
  all.push_back(
      {{rbac, "", "ClusterRole"},
       {spec("roleRef/name", "RoleBinding", rbac), spec("roleRef/name", "ClusterRoleBinding", rbac)}});
  Specs account = {spec("subjects", "RoleBinding", rbac), spec("subjects", "ClusterRoleBinding", rbac)};
  for (FieldSpec& pod : pod_referrers("serviceAccountName")) account.push_back(std::move(pod));
  all.push_back({{"", "v1", "ServiceAccount"}, std::move(account)});
  all.push_back(
      {{"", "v1", "PersistentVolumeClaim"}, pod_referrers("volumes/persistentVolumeClaim/claimName")});
  all.push_back(
      {{"", "v1", "PersistentVolume"},
       {spec("spec/volumeName", "PersistentVolumeClaim"), spec("rules/resourceNames", "ClusterRole")}});
  all.push_back({{"storage.k8s.io", "v1", "StorageClass"},
                 {spec("spec/storageClassName", "PersistentVolume"),
                  spec("spec/storageClassName", "PersistentVolumeClaim"),
                  spec("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet")}});
  all.push_back({{"scheduling.k8s.io", "v1", "PriorityClass"}, pod_referrers("priorityClassName")});
  all.push_back({{"networking.k8s.io/v1", "v1", "IngressClass"}, {spec("spec/ingressClassName", "Ingress")}});
  all.push_back(
      {{"admissionregistration.k8s.io", "", "ValidatingAdmissionPolicy"},
       {spec("spec/policyName", "ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io")}});
  return all;
}

std::string sort_text(const KindFilter& kind) {
  return fmt::format("{}_{}_{}", kind.group.empty() ? "~G" : kind.group,
                     kind.version.empty() ? "~V" : kind.version, kind.kind.empty() ? "~K" : kind.kind);
}

bool precedes(const KindFilter& a, const KindFilter& b) {
  const int left = kind_rank(a.kind);
  const int right = kind_rank(b.kind);
  return left != right ? left < right : sort_text(a) < sort_text(b);
}

template <class Function>
void for_each_list(FieldConfig& config, Function function) {
  for (Specs* list : {&config.name_prefix, &config.name_suffix, &config.name_space, &config.common_labels,
                      &config.labels, &config.template_labels, &config.volume_claim_template_labels,
                      &config.common_annotations, &config.var_reference, &config.images, &config.replicas})
    function(*list);
}

void index_referrers(FieldConfig& config) {
  config.referrers.clear();
  for (std::uint32_t i = 0; i < config.name_reference.size(); ++i) {
    const Specs& specs = config.name_reference[i].referrers;
    for (std::uint32_t j = 0; j < specs.size(); ++j) config.referrers[specs[j].kind.kind].push_back({i, j});
  }
}

void sort_config(FieldConfig& config) {
  for_each_list(config, [](Specs& list) {
    std::stable_sort(list.begin(), list.end(),
                     [](const FieldSpec& a, const FieldSpec& b) { return precedes(a.kind, b.kind); });
  });
  std::stable_sort(
      config.name_reference.begin(), config.name_reference.end(),
      [](const NameReference& a, const NameReference& b) { return precedes(a.target, b.target); });
  index_referrers(config);
}

FieldConfig make_default() {
  FieldConfig config;
  config.name_prefix = {spec("metadata/name")};
  config.name_suffix = {spec("metadata/name")};
  config.name_space = {spec("metadata/name", "Namespace", {}, {}, true),
                       spec("spec/service/namespace", "APIService", "apiregistration.k8s.io", {}, true),
                       spec("spec/conversion/webhook/clientConfig/service/namespace",
                            "CustomResourceDefinition", "apiextensions.k8s.io")};
  config.common_labels = common_label_specs();
  config.template_labels = metadata_label_specs();
  config.volume_claim_template_labels = volume_claim_label_specs();
  config.common_annotations = common_annotation_specs();
  config.var_reference = var_reference_specs();
  for (const std::string_view path :
       {"spec/containers[]/image", "spec/initContainers[]/image", "spec/volumes[]/image/reference",
        "spec/template/spec/containers[]/image", "spec/template/spec/initContainers[]/image",
        "spec/template/spec/volumes[]/image/reference",
        "spec/jobTemplate/spec/template/spec/volumes[]/image/reference"})
    config.images.push_back(spec(path, {}, {}, {}, true));
  for (const std::string_view kind : {"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"})
    config.replicas.push_back(spec("spec/replicas", kind, {}, {}, true));
  config.name_reference = name_references();
  sort_config(config);
  return config;
}

class FieldWalk {
 public:
  FieldWalk(std::string_view path, bool create, std::optional<TreeKind> created, const Place& place,
            const SetField& set)
      : path_(path), create_(create && created), created_(created), place_(place), set_(set) {}

  // `at`: where the rest of the path begins; PathPart::kNone: nothing is left of it.
  std::optional<std::string> visit(Tree& tree, std::size_t at) const {
    if (at == PathPart::kNone) return set_(tree);
    if (tree.is_null()) return std::nullopt;
    if (tree.is_sequence()) {
      for (Tree& item : tree.items) {
        if (auto error = visit(item, at)) return error;
      }
      return std::nullopt;
    }
    if (!tree.is_mapping())
      return fmt::format("`{}` is on the way, and a single value", tree.text.substr(0, 60));
    return visit_mapping(tree, at);
  }

 private:
  std::optional<std::string> visit_mapping(Tree& tree, std::size_t at) const {
    const PathPart part(path_, at);
    std::string_view name = part.text();
    const bool list = name.ends_with("[]");
    if (list) name.remove_suffix(2);
    if (name.empty()) return "a part of the path is empty";
    const bool create = create_ && !list;
    const bool last = part.next() == PathPart::kNone;
    Tree* field = tree.find(name);
    if (field == nullptr) {
      if (!create) return std::nullopt;
      field = &tree.find_or_add(name, place_, last ? *created_ : TreeKind::Mapping);
    }
    if (field->is_null() && (create || list)) {
      Tree fresh;
      fresh.kind = list ? TreeKind::Sequence : last ? *created_ : TreeKind::Mapping;
      fresh.place = place_;
      *field = std::move(fresh);
    }
    return visit(*field, part.next());
  }

  std::string_view path_;
  bool create_;
  std::optional<TreeKind> created_;
  const Place& place_;
  const SetField& set_;
};

}  // namespace

const FieldConfig& default_field_config() {
  static const FieldConfig config = make_default();
  return config;
}

bool add_field_spec(std::vector<FieldSpec>& specs, const FieldSpec& spec) {
  for (const FieldSpec& known : specs) {
    const KindFilter& kind = known.kind;
    if (known.path == spec.path && spec.kind.selects(kind.group, kind.version, kind.kind))
      return known.create == spec.create;
  }
  specs.push_back(spec);
  return true;
}

bool add_field_specs(std::vector<FieldSpec>& specs, const std::vector<FieldSpec>& more) {
  return std::all_of(more.begin(), more.end(),
                     [&](const FieldSpec& spec) { return add_field_spec(specs, spec); });
}

bool add_config(FieldConfig& config, const FieldConfig& more) {
  bool agree = true;
  std::vector<const Specs*> sources;
  FieldConfig copy = more;
  for_each_list(copy, [&](Specs& list) { sources.push_back(&list); });
  std::size_t next = 0;
  for_each_list(config, [&](Specs& list) { agree = add_field_specs(list, *sources[next++]) && agree; });
  for (const NameReference& reference : more.name_reference) {
    const auto known = std::find_if(config.name_reference.begin(), config.name_reference.end(),
                                    [&](const NameReference& r) { return r.target == reference.target; });
    if (known == config.name_reference.end()) {
      config.name_reference.push_back(reference);
    } else {
      agree = add_field_specs(known->referrers, reference.referrers) && agree;
    }
  }
  sort_config(config);
  return agree;
}

int kind_rank(std::string_view kind) {
  const auto* first = std::find(kFirstKinds.begin(), kFirstKinds.end(), kind);
  if (first != kFirstKinds.end()) return static_cast<int>(first - kFirstKinds.begin()) - 22;
  const auto* last = std::find(kLastKinds.begin(), kLastKinds.end(), kind);
  return last == kLastKinds.end() ? 0 : static_cast<int>(last - kLastKinds.begin()) + 1;
}

std::size_t first_part(std::string_view path) { return path.size() > 1 && path.front() == '/' ? 1 : 0; }

PathPart::PathPart(std::string_view path, std::size_t at) {
  const std::size_t begin = at;
  for (; at < path.size() && path[at] != '/'; ++at) {
    if (path[at] != '\\' || at + 1 >= path.size() || path[at + 1] != '/') continue;
    unescaped_.append(path, begin + skipped_, at - begin - skipped_);
    unescaped_ += '/';
    skipped_ = ++at + 1 - begin;
  }
  next_ = at < path.size() ? at + 1 : kNone;
  text_ = path.substr(begin, at - begin);
  if (skipped_ > 0) unescaped_.append(path, begin + skipped_, at - begin - skipped_);
}

std::optional<std::string> apply_field_spec(Tree& root, const FieldSpec& spec,
                                            std::optional<TreeKind> created, const Place& place,
                                            const SetField& set) {
  return FieldWalk(spec.path, spec.create, created, place, set).visit(root, first_part(spec.path));
}

}  // namespace workspace::kustomize
