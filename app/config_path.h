// The configuration file that the command line names.
#pragma once

#include <optional>
#include <string>

#include "cli/environment.h"
#include "cli/options.h"

namespace app {

// Absolute; empty if --config is not given. None, said on standard error: it is not a file that can be read.
std::optional<std::string> config_path(const cli::Environment& environment, const cli::Options& options);

}  // namespace app
