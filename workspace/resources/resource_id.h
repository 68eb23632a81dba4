// What a resource is called everywhere: kind, namespace, name (docs/design/mtls-semantics.md, section 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/base/compact_string.h"

namespace workspace {

// The kinds that are read. A kind of a foreign apiVersion group is another kind, and not here.
enum class Kind : std::uint8_t {
  PeerAuthentication,
  AuthorizationPolicy,
  DestinationRule,
  ServiceEntry,
  Sidecar,
  Namespace,
  Service,
  Pod,
  Deployment,
  StatefulSet,
  DaemonSet,
  ReplicaSet,
  Job,
  CronJob,
  ConfigMap,
  IstioOperator,
  Istio,
};
inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::Istio) + 1;

std::string_view kind_name(Kind kind);
// The kind of a document's `apiVersion` and `kind` values; none if it is not ours.
std::optional<Kind> kind_of(std::string_view api_version, std::string_view kind);

class KindSet {
 public:
  constexpr KindSet() = default;
  template <class... K>
  constexpr explicit KindSet(K... kinds) : bits_((0U | ... | (1U << static_cast<unsigned>(kinds)))) {}
  [[nodiscard]] constexpr bool contains(Kind kind) const {
    return (bits_ >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  friend constexpr bool operator==(KindSet, KindSet) = default;

 private:
  std::uint32_t bits_ = 0;
};

// `ns` is the effective namespace: empty for cluster-scoped kinds.
struct ResourceId {
  Kind kind = Kind::PeerAuthentication;
  CompactString ns;
  CompactString name;
  friend bool operator==(const ResourceId&, const ResourceId&) = default;
  friend auto operator<=>(const ResourceId&, const ResourceId&) = default;
};

// "PeerAuthentication foo/default", as messages say it.
std::string to_string(const ResourceId& id);

struct ResourceIdHash {
  std::size_t operator()(const ResourceId& id) const {
    const std::hash<CompactString> hash;
    return (hash(id.ns) * 31 + hash(id.name)) * 31 + static_cast<std::size_t>(id.kind);
  }
};

}  // namespace workspace
