// Has the user's own helm render a chart. It starts a program, whose result is only read: nothing is fetched,
// and no cluster, repository or plugin of the user takes part. Safe on any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "workspace/platform/file_system.h"
#include "workspace/sources/chart.h"
#include "workspace/sources/chart_build.h"

namespace workspace {

struct HelmOptions {
  std::string program = "helm";  // looked for in the folders of PATH
  std::chrono::milliseconds time_limit{30'000};
  std::function<bool()> cancelled = {};  // may be empty
};

// The arguments by which helm renders a release; `ns` where it has no namespace of its own.
std::vector<std::string> helm_arguments(const ChartRelease& release, const std::string& ns);

// Costs a run of helm and the reading of what it printed. `name`: what messages call the release. The result
// has facts or an error.
RenderedChart render_chart(const ChartRelease& release, const std::string& ns, const std::string& name,
                           const FileSystem& files, const HelmOptions& options);

}  // namespace workspace
