// What a file has besides its text, its mode and its owner: access control lists, labels and the like.
#pragma once

#include <optional>
#include <string>

#include "workspace/base/result.h"

namespace workspace {

// Gives `to` those of `from` and no others; both are open descriptors. Returns why not, about the file
// `path`.
std::optional<Error> copy_file_attributes(int from, int to, const std::string& path);

}  // namespace workspace
