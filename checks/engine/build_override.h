// Fixes for one build alone: a patch in its kustomization in place of an edit in a base that serves others
// too (docs/design/sources.md, section 3).
#pragma once

#include <string>
#include <vector>

#include "checks/engine/check_context.h"
#include "checks/engine/fix_builder.h"
#include "workspace/base/result.h"

namespace checks {

struct BuildOverride {
  std::string build;  // what messages call it
  std::vector<FileEdit> edits;
};

// The modes that a plan sets, set by a patch instead; an Error where the plan does anything else, where its
// places are not of one kustomization's build, or where that can't take the patch. The patch is strategic, or
// of operations where a list stands on the way to the value: a strategic patch would replace that.
workspace::Result<BuildOverride> override_in_build(const FixPlan& plan, const AnalysedTexts& texts);

}  // namespace checks
