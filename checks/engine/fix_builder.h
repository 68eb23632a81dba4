// Fix plans -> exact text edits (docs/design/mtls-semantics.md, section 8).
#pragma once

#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/check_context.h"
#include "workspace/base/result.h"

namespace checks {

enum class Placement : std::uint8_t { EndOfFile, NewFile };

// The edits of a plan on the present texts, sorted by file and place; an Error where a text can't be read,
// is not what was analysed, or can't take the edit. `placement` matters for plans that insert a rule.
workspace::Result<std::vector<FileEdit>> build_edits(const workspace::Mesh& mesh, const FixPlan& plan,
                                                     const TextSource& texts, Placement placement);

}  // namespace checks
