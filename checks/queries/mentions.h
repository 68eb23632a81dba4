// Where a text names a namespace, a Service, a label's value or a subset.
//
// Read from the manifests' text alone, document by document; one that is not valid YAML is left out. Knows
// the fields of Kubernetes, of Istio and of the Gateway API that name such things, but no free text (URLs in
// arguments, annotations). Costs what the text is long. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/text/text_range.h"

namespace checks {

enum class ThingKind : std::uint8_t { Namespace, Service, Label, Subset };

struct Thing {
  ThingKind kind = ThingKind::Namespace;
  std::string around;  // Service, Label: the namespace; Subset: the whole host
  std::string name;    // Label: the key
  std::string value;   // Label only
  friend bool operator==(const Thing&, const Thing&) = default;
};

struct Mention {
  Thing thing;
  workspace::ByteRange range;  // of the name, or of a label's value: a part of a host, for instance
  workspace::ByteRange key;    // of a label's key; else empty
  bool declares = false;       // the document of a namespace or Service, a subset in its rule
  bool is_verbatim = true;     // the range holds the name as it is: no escapes, not an alias
  bool is_whole = true;        // the range is that of a whole scalar
  bool everywhere = false;     // a selector that counts for the pods of all namespaces
};

struct Mentions {
  std::vector<Mention> list;  // by document, then as fields are known
  bool complete = true;       // false: some document could not be read
};

// By which settings names are read.
struct MentionScope {
  std::string root_namespace = "istio-system";
  std::string cluster_domain = "cluster.local";
  std::string default_namespace = "default";
};

Mentions mentions_in(std::string_view text, const MentionScope& scope);

// What stands at an offset, both ends included, the shortest first; null: nothing that is known.
const Mention* mention_at(const Mentions& mentions, std::uint32_t offset);

}  // namespace checks
