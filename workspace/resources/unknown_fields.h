// Fields that a resource has and its API does not (MTLS0010): the API server drops them, or refuses the
// resource.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/resources/istio_api.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace {

struct UnknownField {
  std::string path;     // from the resource: spec.subsets[0].trafficPolicy.tls.mod
  ByteRange key_range;  // where the key is written, without quotes
  // The field that was meant, where exactly one is near and does not stand beside it already (nor is meant by
  // an earlier key of the same mapping), so that renaming the key makes no duplicate. Valid for as long as
  // the program runs.
  std::optional<std::string_view> suggestion;
  bool is_beside_spec = false;  // a field of the kind's `spec`, at the top level; then without suggestion

  friend bool operator==(const UnknownField&, const UnknownField&) = default;
};

// At most so many are returned of a resource, and a suggestion is looked for only for the first ones.
inline constexpr std::size_t kMaxUnknownFields = 1000;
inline constexpr std::size_t kMaxFieldSuggestions = 100;
// A longer key is cut in a path, at a character's end, and `…` stands for the rest.
inline constexpr std::size_t kMaxKeyInPath = 100;

// The unknown fields of a resource, in order of writing (of `yaml::Value::entries`: merged ones where `<<`
// is), each key at every path it is reached by. Empty if only that the kind exists is known.
//
// Nothing is said of what is not certain: below a value of another type than the field's (a scalar or a list
// for an object), in open objects, in `status`, of keys without a value (null means absent), and of keys that
// hold `$` or `{{` (a variable to be substituted, or a directive of a patch). Cost: linear in the values that
// are reached through known fields.
std::vector<UnknownField> unknown_fields(const yaml::Value& resource, const istio_api::Kind& kind);

// A step of a path, as findings write them: `.key`, `["key.with/dot"]`; `key` at the path's start.
void append_key(std::string& path, std::string_view key);

}  // namespace workspace
