#include "cli/render_charts.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "workspace/base/helper_threads.h"
#include "workspace/sources/helm.h"

namespace cli {

void render_charts(workspace::WorkspaceBuilds& builds, const workspace::FileSystem& files, unsigned jobs,
                   Progress& progress) {
  const std::vector<workspace::ChartToRender> charts = builds.charts_to_render();
  if (charts.empty()) return;
  std::vector<workspace::RenderedChart> rendered(charts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&](bool shows_progress) {
    for (std::size_t i = next++; i < charts.size(); i = next++) {
      if (shows_progress) progress.update("rendering charts:", i, charts.size(), "charts");
      rendered[i] = render_chart(charts[i].release, charts[i].ns, charts[i].name, files, {});
    }
  };
  const std::size_t count = std::min<std::size_t>(
      {charts.size(), std::max(jobs, 1U), std::max(std::thread::hardware_concurrency(), 1U)});
  {
    const workspace::HelperThreads helpers(count - 1, [&] { work(false); });
    work(true);
  }
  for (std::size_t i = 0; i < charts.size(); ++i) builds.set_rendered(charts[i], std::move(rendered[i]));
}

}  // namespace cli
