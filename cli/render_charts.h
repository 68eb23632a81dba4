// Has the charts of a workspace rendered by helm, several at once.
#pragma once

#include "cli/progress.h"
#include "workspace/platform/file_system.h"
#include "workspace/sources/workspace_builds.h"

namespace cli {

// Returns when all that wait are rendered, or helm has failed. At most `jobs` run at once.
void render_charts(workspace::WorkspaceBuilds& builds, const workspace::FileSystem& files, unsigned jobs,
                   Progress& progress);

}  // namespace cli
