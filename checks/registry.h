// The one list of checks. Diagnostics, `explain`, docs/checks, completion and SARIF all read it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "checks/engine/check.h"
#include "checks/engine/check_set.h"

namespace checks {

// All of them, sorted by code: what an Analysis is made with.
const CheckSet& check_registry();

std::span<const Check* const> all_checks();
const Check* find_check(std::string_view code);  // null: no such code
std::string explain(const Check& check);         // Markdown

}  // namespace checks
