// A unified diff of two texts, as `patch` and `git apply` read it. Pure; bytes. Lines end at "\n".
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal_text.h"

namespace cli {

// Empty where the texts are equal. `name` is the relative path, with '/'. Three lines of context.
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after,
                         const Palette& palette);

}  // namespace cli
