// Reads the file of a snapshot.
#pragma once

#include <memory>
#include <string>

#include "workspace/base/result.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/platform/file_system.h"

namespace workspace {

// `path` is absolute, `name` what messages call the file. An Error: as read_snapshot, or it can't be read, or
// has more than 4 GiB.
Result<std::shared_ptr<const Snapshot>> read_snapshot_file(const FileSystem& files, const std::string& path,
                                                           const std::string& name);

}  // namespace workspace
