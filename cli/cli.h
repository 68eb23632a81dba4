// The program as a function: arguments in, exit status out.
#pragma once

#include <string>
#include <vector>

#include "lsp/cli/environment.h"

namespace lsp::cli {

// `arguments` without the program's name. Never throws.
int run(std::vector<std::string> arguments, const Environment& environment);

// The same in the environment that the process has: its streams, terminal, folder and disk.
int run_process(int argc, char** argv);

}  // namespace lsp::cli
