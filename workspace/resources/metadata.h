// What every resource has: its metadata as written, without defaults (those are a mesh's, not a document's).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/base/optional_ptr.h"
#include "workspace/resources/key_problem.h"
#include "workspace/resources/resource_id.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// Sorted by key, values as text ("1" = 1).
using Labels = CompactList<std::pair<CompactString, CompactString>>;

// exportTo of a DestinationRule and others: names as written, sorted, unique.
using ExportTo = CompactList<CompactString>;

const CompactString* find_label(const Labels& labels, std::string_view key);
// Every entry of `selector` is in `labels`.
bool is_subset(const Labels& selector, const Labels& labels);

// The `apiVersion` below networking.istio.io.
enum class NetworkingVersion : std::uint8_t { None, V1, V1Alpha3, V1Beta1 };
NetworkingVersion networking_version(std::string_view api_version);  // None: of another group, or unknown
// "networking.istio.io/v1"; empty for None.
std::string_view api_version_name(NetworkingVersion version);

// Which item of a List the resource is; not part of its meaning.
struct ListItem {
  std::int32_t index = -1;  // -1: a document of its own
  friend bool operator==(const ListItem&, const ListItem&) { return true; }
};

// Of a resource of a List in a List: which items of the outer ones hold it, the outermost first; not part of
// its meaning.
struct OuterItems {
  CompactList<std::int32_t> indices;
  friend bool operator==(const OuterItems&, const OuterItems&) { return true; }
};

// Microseconds since 1970-01-01T00:00:00Z.
using Instant = std::int64_t;
inline constexpr Instant kNoInstant = INT64_MIN;  // before all others

// Of an RFC 3339 time stamp; kNoInstant for any other text. What is below a microsecond is left out.
Instant parse_instant(std::string_view text);

// What few resources have; costs the others a pointer.
class RareMetadata {
 public:
  static constexpr std::string_view kEveryKialiCode = "*";

  // None of these.
  RareMetadata() = default;
  RareMetadata(Instant created, std::string_view ignore, std::string_view kiali_ignore);

  // metadata.creationTimestamp; kNoInstant: missing, or no time stamp.
  [[nodiscard]] Instant created() const { return fields().created; }
  // Annotation istio-mtls/ignore; codes, see suppression.h.
  [[nodiscard]] const std::string& ignore() const { return fields().ignore; }
  // Annotation kiali.io/ignore-validations; kEveryKialiCode where it is there and empty.
  [[nodiscard]] const std::string& kiali_ignore() const { return fields().kiali_ignore; }
  // Of Kind::OtherWorkload and Kind::UnknownKind; null else.
  [[nodiscard]] const OtherKind* other_kind() const { return fields_ ? fields_->other_kind.get() : nullptr; }
  void set_other_kind(OtherKind kind) { mutable_fields().other_kind = std::move(kind); }
  [[nodiscard]] const CompactList<std::int32_t>& outer_items() const { return fields().outer_items.indices; }
  void set_outer_items(CompactList<std::int32_t> indices) {
    mutable_fields().outer_items.indices = std::move(indices);
  }

  // What is wrong with its keys (MTLS0010, MTLS0011), in the order of the text by code.
  [[nodiscard]] const CompactList<KeyProblem>& key_problems() const { return fields().key_problems; }
  void set_key_problems(CompactList<KeyProblem> problems) {
    mutable_fields().key_problems = std::move(problems);
  }

  friend bool operator==(const RareMetadata& a, const RareMetadata& b) { return a.fields() == b.fields(); }

 private:
  struct Fields {
    Instant created = kNoInstant;
    std::string ignore;
    std::string kiali_ignore;
    OptionalPtr<OtherKind> other_kind;
    OuterItems outer_items;
    CompactList<KeyProblem> key_problems;
    friend bool operator==(const Fields&, const Fields&) = default;
  };
  [[nodiscard]] const Fields& fields() const;
  Fields& mutable_fields() {
    if (!fields_) fields_ = Fields{};
    return *fields_;
  }

  OptionalPtr<Fields> fields_;  // none: all empty
};

struct Metadata {
  Kind kind = Kind::PeerAuthentication;
  NetworkingVersion networking_version = NetworkingVersion::None;
  ListItem item;
  CompactString ns;             // as written; empty means the mesh's default namespace
  Located<CompactString> name;  // place: the `kind` value where there is no name
  RareMetadata rare;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

Metadata decode_metadata(const yaml::Value& resource, Kind kind);
Labels decode_labels(const yaml::Value& mapping);
ExportTo decode_export_to(const yaml::Value& list);

}  // namespace workspace
