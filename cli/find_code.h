// A code as the user types it.
#pragma once

#include <string>

#include "checks/engine/check.h"
#include "cli/environment.h"

namespace cli {

// Case does not count. Null: there is none, and standard error says so and names the nearest.
const checks::Check* find_code(const Environment& environment, const std::string& code);

}  // namespace cli
