// What a resource is called everywhere: kind, namespace, name (docs/design/mtls-semantics.md, section 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/base/compact_string.h"
#include "workspace/base/optional_ptr.h"

namespace workspace {

// The kinds that are read. A kind of a foreign apiVersion group is another kind, and not here.
enum class Kind : std::uint8_t {
  PeerAuthentication,
  AuthorizationPolicy,
  RequestAuthentication,
  DestinationRule,
  ServiceEntry,
  Sidecar,
  Gateway,
  WorkloadEntry,
  WorkloadGroup,
  Namespace,
  Service,
  Pod,
  Deployment,
  StatefulSet,
  DaemonSet,
  ReplicaSet,
  Job,
  CronJob,
  OtherWorkload,  // of any other kind, known by its pod template (OtherKind)
  UnknownKind,    // a kind that networking.istio.io or security.istio.io does not have (OtherKind)
  ConfigMap,
  IstioOperator,
  Istio,
  BackendTLSPolicy,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  CustomResourceDefinition,
  APIService,
  ServiceMonitor,
  PodMonitor,
  Ingress,
  Application,        // Argo CD
  ApplicationSet,     // Argo CD
  FluxKustomization,  // `kind: Kustomization` of Flux, not kustomize's
  HelmRelease,        // Flux
};
inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::HelmRelease) + 1;

// A kind that has no row among the kinds.
struct OtherKind {
  CompactString group;  // empty: the core group
  CompactString name;
  friend bool operator==(const OtherKind&, const OtherKind&) = default;
  friend auto operator<=>(const OtherKind&, const OtherKind&) = default;
};

// Of OtherWorkload and UnknownKind their own names; see kind_name of a ResourceId.
std::string_view kind_name(Kind kind);
// The kind of a document's `apiVersion` and `kind` values; none if it is not ours. Never OtherWorkload or
// UnknownKind.
std::optional<Kind> kind_of(std::string_view api_version, std::string_view kind);
// "apps" of "apps/v1"; empty of "v1".
std::string_view group_of(std::string_view api_version);
// Whether its resources are in no namespace.
bool is_cluster_scoped(Kind kind);
// Whether its resources say what is deployed, and are no part of a mesh's policy.
constexpr bool is_deployment(Kind kind) { return kind >= Kind::Application && kind <= Kind::HelmRelease; }

class KindSet {
 public:
  constexpr KindSet() = default;
  template <class... K>
  constexpr explicit KindSet(K... kinds) : bits_((std::uint64_t{0} | ... | bit(kinds))) {}
  // All of them.
  static constexpr KindSet all() {
    KindSet set;
    set.bits_ = (std::uint64_t{1} << kKindCount) - 1;
    return set;
  }
  [[nodiscard]] constexpr bool contains(Kind kind) const { return (bits_ & bit(kind)) != 0; }
  friend constexpr bool operator==(KindSet, KindSet) = default;

 private:
  static constexpr std::uint64_t bit(Kind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }

  std::uint64_t bits_ = 0;
};

// `ns` is the effective namespace: empty for cluster-scoped kinds.
struct ResourceId {
  Kind kind = Kind::PeerAuthentication;
  CompactString ns;
  CompactString name;
  OptionalPtr<OtherKind> other_kind{};  // of OtherWorkload and UnknownKind; none else
  friend bool operator==(const ResourceId&, const ResourceId&) = default;
  friend auto operator<=>(const ResourceId&, const ResourceId&) = default;
};

// As written in the document.
std::string_view kind_name(const ResourceId& id);

// "PeerAuthentication foo/default", as messages say it.
std::string to_string(const ResourceId& id);

struct ResourceIdHash {
  std::size_t operator()(const ResourceId& id) const {
    const std::hash<CompactString> hash;
    return (hash(id.ns) * 31 + hash(id.name)) * 31 + static_cast<std::size_t>(id.kind);
  }
};

}  // namespace workspace
