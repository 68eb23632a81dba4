// Whether a manifest asks not to hear of a finding: by comment, by annotation, or by Kiali's annotation
// (design/interfaces.md, Configuration file).
#pragma once

#include "checks/check_context.h"

namespace checks {

bool is_suppressed(const StoredFinding& finding);

}  // namespace checks
