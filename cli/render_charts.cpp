#include "cli/render_charts.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

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
  std::vector<std::thread> workers;
  const std::size_t count =
      std::min<std::size_t>({charts.size(), jobs, std::max(std::thread::hardware_concurrency(), 1U)});
  for (std::size_t i = 1; i < count; ++i) workers.emplace_back(work, false);
  work(true);
  for (std::thread& worker : workers) worker.join();
  for (std::size_t i = 0; i < charts.size(); ++i) builds.set_rendered(charts[i], std::move(rendered[i]));
}

}  // namespace cli
