// Paths between what the user types and what the engine uses (absolute, normalised). Pure but for
// absolute_path, which asks the disk where a ".." after a symlink leads. Safe on any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/platform/file_system.h"

namespace cli {

// The name that standard input goes by, in the current folder.
inline constexpr std::string_view kStdinName = "<stdin>";

std::string absolute_path(const workspace::FileSystem& files, const std::string& folder,
                          std::string_view path);

// From `folder` to `path`, both absolute and normalised: "mesh/a.yaml", "../a.yaml", ".". Where there is no
// way, from one drive of Windows to another, `path`.
std::string relative_path(std::string_view path, std::string_view folder);

// The deepest folder that all of `paths` (not empty) lie in or are.
std::string common_folder(const std::vector<std::string>& paths);

// A relative path, or what relative_path gives for one, as a URI reference.
std::string relative_uri(std::string_view relative);

}  // namespace cli
