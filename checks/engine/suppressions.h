// Whether a manifest asks not to hear of a finding: by comment, by annotation, or by Kiali's annotation
// (docs/design/interfaces.md, Configuration file).
#pragma once

#include "checks/engine/check_context.h"

namespace checks {

// Does a comment cover `at` (relative to its document) and name the code, or none for all?
bool silences(const workspace::SuppressionComment& comment, std::uint32_t at, std::string_view code);

bool is_suppressed(const StoredFinding& finding);

// Whether a comment silences a code at a place of a file that a build took a value from (null: not known).
bool is_silenced_in(const workspace::FileFacts* facts, std::uint32_t offset, std::string_view code);

}  // namespace checks
