// The program as a function: arguments in, exit status out.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace cli {

// `arguments` without the program's name. Never throws.
int run(std::vector<std::string> arguments, const Environment& environment);

// `status`, or kExitTrouble with a word on standard error if standard output could not be written.
int flushed(const Environment& environment, int status);

}  // namespace cli
