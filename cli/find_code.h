// A code as the user types it.
#pragma once

#include <string>

#include "checks/check.h"
#include "lsp/cli/environment.h"

namespace lsp::cli {

// Case does not count. Null: there is none, and standard error says so and names the nearest.
const checks::Check* find_code(const Environment& environment, const std::string& code);

}  // namespace lsp::cli
