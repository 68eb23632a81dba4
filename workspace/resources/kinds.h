// The kind table: what is known of each kind that is read, declared once. Decoding, outlines, editor queries
// and tests read it. A new kind is a row here, an enumerator in resource_id.h, and a struct with its decoder.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "workspace/resources/resource.h"
#include "workspace/resources/resource_id.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// What a resource is to the policy of a mesh.
enum class KindRole : std::uint8_t {
  Policy,
  Authorization,
  Rule,
  Backend,
  Service,
  Namespace,
  Workload,
  Other
};

// What a field means to a reader of the manifest.
enum class FieldRole : std::uint8_t {
  ResourceKind,   // the value of `kind`
  Name,           // metadata.name
  Namespace,      // metadata.namespace
  Mode,           // mode of a PeerAuthentication; entry: index into port_level, -1: spec.mtls
  PolicyPort,     // a key of portLevelMtls; entry as above
  Host,           // spec.host
  Tls,            // tls of a rule, or its mode; clause
  SubsetName,     // clause.subset
  SubsetLabel,    // an entry of a subset's labels; clause.subset
  RulePort,       // port.number of a rule's portLevelSettings; clause
  Export,         // an entry of exportTo
  SelectorLabel,  // an entry of a selector of pods
  PodLabel,       // an entry of the labels of a workload's pods
  ServicePort,    // a Service's port; entry: index into spec.ports as written
  TargetPort,     // a Service's targetPort; entry as above
  ContainerPort,  // name or number of a workload's container port
};

// Where a field's text stands.
enum class FieldForm : std::uint8_t {
  Scalar,   // in its value; pointing at its key means it too
  Key,      // in its key
  Entries,  // in the keys and values of the mapping's entries
  Items,    // in the items of the sequence
};

// `path` is of steps that dots separate. A step is a key, or `*`, each key of a mapping; `[]` behind it means
// each item of a sequence. The number of the last `*` or `[]` is the field's entry. `[subset]` and `[port]`
// are `[]` whose numbers are those of a clause.
struct FieldInfo {
  std::string_view path;
  FieldRole role = FieldRole::Name;
  FieldForm form = FieldForm::Scalar;
};

struct KindInfo {
  Kind kind = Kind::OtherWorkload;
  std::string_view name;
  std::string_view group;  // empty: the core group
  KindRole role = KindRole::Other;
  bool cluster_scoped = false;
  Resource (*decode)(const yaml::Value& resource, Kind kind) = nullptr;
  std::span<const yaml::Outline> outline;  // what the decoder looks at, below the root; empty: everything
  std::span<const FieldInfo> fields;       // besides kind, name and namespace
};

// In the order of the enumeration.
std::span<const KindInfo> all_kinds();
const KindInfo& kind_info(Kind kind);
inline KindRole role_of(Kind kind) { return kind_info(kind).role; }

// kind, metadata.name and metadata.namespace, which every kind has.
std::span<const FieldInfo> common_fields();

// One place of a resource's tree that a field's path leads to.
struct FieldAt {
  const FieldInfo* field = nullptr;
  std::int32_t entry = -1;
  ClauseRef clause;
  std::string_view key;  // of the mapping's entry, where the path ends in `*`
  yaml::Value value;
};

// Calls `visit` for each field that is written (a key also without a value): first the common ones, then
// those of the kind in the order of the table. Costs what the resource is large, times the fields of its
// kind.
void visit_fields(const yaml::Value& resource, Kind kind, const std::function<void(const FieldAt&)>& visit);

// Whether a path of keys, "[]" for an item, leads to a field, or `below` steps below it.
bool leads_to(const FieldInfo& field, std::span<const std::string> path, std::size_t below = 0);

// The labels by which a resource selects pods; null: its kind selects none.
const Labels* pod_selector(const Resource& resource);

}  // namespace workspace
