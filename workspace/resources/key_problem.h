// What is wrong with the keys of a resource, whatever they mean: fields and kinds that do not exist
// (MTLS0010) and keys that are given twice (MTLS0011). Found when the resource is decoded, since facts hold
// only what has a meaning.
#pragma once

#include <cstdint>
#include <string_view>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/tree.h"

namespace workspace {

enum class KeyProblemKind : std::uint8_t {
  UnknownField,    // its API does not have it
  BesideSpec,      // a field of the kind's `spec`, at the top level
  UnknownKind,     // the kind of the resource does not exist
  Repeated,        // the key stands in its mapping before, with another value
  RepeatedAtTop,   // the same in the mapping that is the document
  SecondResource,  // the key begins a second resource in the same document
};

struct KeyProblem {
  KeyProblemKind kind = KeyProblemKind::UnknownField;
  CompactString path;        // from the resource: spec.subsets[0].trafficPolicy.tls.mod
  SourceRange place;         // of the key; of UnknownKind: of the value of `kind`
  CompactString suggestion;  // what was meant, where exactly one name is near; empty: none
  friend bool operator==(const KeyProblem&, const KeyProblem&) = default;
};

// At most so many of MTLS0011 are kept of a resource.
inline constexpr std::size_t kMaxRepeatedKeys = 100;

// Reports whether `kind` is one that Istio's group `group` does not have. False for other groups, for kinds
// of lists, and for text that is yet to be substituted.
bool is_unknown_istio_kind(std::string_view group, std::string_view kind);
// The problem of such a resource.
KeyProblem unknown_kind_problem(const yaml::Value& resource, std::string_view group, std::string_view kind);

// Adds the fields that the kind's API does not have. Costs what the resource holds.
void add_unknown_fields(const yaml::Value& resource, std::string_view group, std::string_view kind,
                        CompactList<KeyProblem>& into);

// Adds the keys of `resource` that are given more than once with different values, among those that `wanted`
// (the outline of its kind) is about. `is_document`: it is its whole document, not a list's item. Costs
// little where the document repeats no keys, and what it holds otherwise.
void add_repeated_keys(const yaml::Value& resource, const yaml::Outline& wanted, bool is_document,
                       CompactList<KeyProblem>& into);

}  // namespace workspace
