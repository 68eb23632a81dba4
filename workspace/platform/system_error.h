// An error of the operating system as one of ours.
#pragma once

#include <string>
#include <string_view>

#include "workspace/base/result.h"

namespace workspace {

// `code` is an errno; `action` follows "cannot".
Error system_error(const std::string& path, std::string_view action, int code);

}  // namespace workspace
