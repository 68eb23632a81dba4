// Whether a manifest asks not to hear of a finding: by comment, by annotation, or by Kiali's annotation
// (docs/design/interfaces.md, Configuration file).
#pragma once

#include "checks/engine/check_context.h"

namespace checks {

// Does a comment cover `at` (relative to its document) and name the code, or none for all?
bool silences(const workspace::SuppressionComment& comment, std::uint32_t at, std::string_view code);

bool is_suppressed(const StoredFinding& finding);

}  // namespace checks
