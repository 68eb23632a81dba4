// The two kinds of patches of a kustomization, applied to a tree in place.
#pragma once

#include <optional>
#include <string>

#include "workspace/sources/build_tree.h"

namespace workspace::kustomize {

// Why kustomize would refuse the patch: one sentence without a final full stop.
struct PatchError {
  std::string message;
};

// Strategic merge (docs/design/sources.md, section 3): maps merge, `null` and `$patch: delete` remove, lists
// of Kubernetes' own kinds merge by their keys and all other lists are replaced. `removed`: all of the target
// was deleted. Merged lists are bounded (kMaxMergedItems).
inline constexpr std::size_t kMaxMergedItems = 5000;
std::optional<PatchError> merge_patch(Tree& target, const Tree& patch, bool& removed);

// JSON Patch (RFC 6902). `operations` is a sequence.
std::optional<PatchError> json_patch(Tree& target, const Tree& operations);

}  // namespace workspace::kustomize
