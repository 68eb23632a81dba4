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

// What few resources have; costs the others a pointer.
class RareMetadata {
 public:
  RareMetadata() = default;
  RareMetadata(std::string_view creation_timestamp, std::string_view ignore, std::string_view kiali_ignore);

  // RFC 3339 as written; empty when missing.
  [[nodiscard]] const std::string& creation_timestamp() const { return fields().creation_timestamp; }
  // Annotation istio-mtls/ignore; codes, see suppression.h.
  [[nodiscard]] const std::string& ignore() const { return fields().ignore; }
  // Annotation kiali.io/ignore-validations.
  [[nodiscard]] const std::string& kiali_ignore() const { return fields().kiali_ignore; }

  friend bool operator==(const RareMetadata& a, const RareMetadata& b) { return a.fields() == b.fields(); }

 private:
  struct Fields {
    std::string creation_timestamp;
    std::string ignore;
    std::string kiali_ignore;
    friend bool operator==(const Fields&, const Fields&) = default;
  };
  [[nodiscard]] const Fields& fields() const;

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

}  // namespace workspace
