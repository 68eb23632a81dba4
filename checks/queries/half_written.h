// Whether what was typed last is the beginning of something else: half a mode, half a key, a key without its
// value. An editor says nothing of it before it is complete, or left.
//
// Looks at the line alone, and at what Istio's API and the mesh would have there (completion.h). In text that
// is no YAML too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "checks/engine/analysis.h"

namespace checks {

// Reports whether the line that holds byte `offset` of `text`, where the last edit ended, is half written.
// `meshes`: those that hold the file; none: only Istio's API is known. Costs what completing there costs.
bool is_half_written(std::span<const MeshView> meshes, const std::string& file, std::string_view text,
                     std::uint32_t offset);

}  // namespace checks
