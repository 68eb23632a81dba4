// The one list of checks. Diagnostics, `explain`, docs/checks, completion and SARIF all read it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "checks/check.h"

namespace checks {

std::span<const Check* const> all_checks();                        // sorted by code
std::span<const Check* const> checks_of(workspace::Kind subject);  // those that run on such resources
const Check* find_check(std::string_view code);                    // null: no such code
std::string explain(const Check& check);                           // Markdown
}  // namespace checks
