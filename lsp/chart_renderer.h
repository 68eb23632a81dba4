// Has charts rendered by helm on a worker, one after the other, so that the rest stay free to read files.
//
// What is asked for again, or no longer, ends a run that is under way. Engine thread, but for the workers.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "lsp/scheduler.h"
#include "workspace/platform/file_system.h"
#include "workspace/sources/workspace_builds.h"

namespace lsp {

class ChartRenderer {
 public:
  // On the engine thread. `folder`: as given to render().
  using Done = std::function<void(const std::string& folder, const workspace::ChartToRender& chart,
                                  workspace::RenderedChart result)>;

  // `files` and `scheduler` must outlive this, and the scheduler have stopped before it goes.
  ChartRenderer(Scheduler& scheduler, const workspace::FileSystem& files, Done done)
      : scheduler_(scheduler), files_(files), done_(std::move(done)) {}

  // In place of an earlier request for the same release.
  void render(const std::string& folder, workspace::ChartToRender chart);
  // Forgets all requests of a folder.
  void forget(const std::string& folder);
  [[nodiscard]] bool running() const { return current_ != nullptr || !waiting_.empty(); }

 private:
  struct Request {
    std::string folder;
    workspace::ChartToRender chart;
    std::atomic<bool> is_cancelled = false;
  };

  template <class IsMeant>
  void cancel(const IsMeant& is_meant);
  void start();

  Scheduler& scheduler_;
  const workspace::FileSystem& files_;
  Done done_;
  std::deque<std::shared_ptr<Request>> waiting_;
  std::shared_ptr<Request> current_;
};

}  // namespace lsp
