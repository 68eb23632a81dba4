// `${…}` as Flux' postBuild replaces it (docs/design/sources.md, section 1). Source: fluxcd/pkg/envsubst.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/sources/mesh_planner.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// One text that was replaced: bytes [begin, end) of the old text are [made_begin, made_end) of the new one.
struct ReplacedText {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t made_begin = 0;
  std::uint32_t made_end = 0;
  friend bool operator==(const ReplacedText&, const ReplacedText&) = default;
};

struct SubstitutedText {
  std::string text;
  std::vector<ReplacedText> replaced;  // in order
};

// Replaces `${name}` and, where a name has no value, `${name:=default}`, `${name:-default}` and those without
// colon; `$${name}` becomes `${name}`. What has no value stays as it is: it may come from a Secret, which is
// not seen. `values`: of two with one name the last counts. One pass: values are not looked at again.
SubstitutedText substitute(std::string_view text, const std::vector<Substitution>& values);

// The `data` of a ConfigMap, in the order it is written.
std::vector<Substitution> config_values(const yaml::Value& config_map);

}  // namespace workspace
