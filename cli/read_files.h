// Reads manifests and turns them into facts, on several threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "workspace/base/result.h"
#include "workspace/files/read_request.h"
#include "workspace/platform/file_system.h"
#include "workspace/sources/file_facts.h"

namespace cli {

struct ReadFile {
  std::shared_ptr<const workspace::FileFacts>
      facts;  // null: could not be read, or a snapshot that was not asked for
  std::optional<workspace::Error> error;
};

// Hands each file's path and answer to `take`, in their order, while others are still being read; those are
// never many at a time. The calling thread is one of the `jobs` (at least 1) and the only one to touch
// `progress` and call `take`; the others have ended on return.
void read_files(const workspace::FileSystem& files, std::vector<workspace::ReadRequest> wanted, unsigned jobs,
                Progress& progress, const std::function<void(std::string path, ReadFile)>& take);

}  // namespace cli
