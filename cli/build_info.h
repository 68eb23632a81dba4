// What this program was built of, as the libraries themselves say.
#pragma once

#include <string_view>

namespace cli {

// Returns the line of `--version`, one that says how the program was built, and of each library whose code is
// part of it, or that it runs with, a line "NAME VERSION", sorted by name. The same text stands in the
// program's file between "@(#)" and a zero byte, so that scripts/sbom can read it of a program that does not
// run here.
std::string_view build_info();

}  // namespace cli
