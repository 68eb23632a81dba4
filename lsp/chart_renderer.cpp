#include "lsp/chart_renderer.h"

#include <utility>

#include "workspace/sources/helm.h"

namespace lsp {

template <class IsMeant>
void ChartRenderer::cancel(const IsMeant& is_meant) {
  std::erase_if(waiting_, [&](const auto& request) { return is_meant(*request); });
  if (current_ != nullptr && is_meant(*current_)) current_->is_cancelled = true;
}

void ChartRenderer::render(const std::string& folder, workspace::ChartToRender chart) {
  cancel(
      [&](const Request& request) { return request.folder == folder && request.chart.path == chart.path; });
  auto request = std::make_shared<Request>();
  request->folder = folder;
  request->chart = std::move(chart);
  waiting_.push_back(std::move(request));
  start();
}

void ChartRenderer::forget(const std::string& folder) {
  cancel([&](const Request& request) { return request.folder == folder; });
}

void ChartRenderer::start() {
  if (current_ != nullptr || waiting_.empty()) return;
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  scheduler_.run([this, request = current_]() -> Task {
    const workspace::HelmOptions options{
        .cancelled = [this, request] { return scheduler_.cancelled() || request->is_cancelled.load(); }};
    auto result = std::make_shared<workspace::RenderedChart>(
        render_chart(request->chart.release, request->chart.ns, request->chart.name, files_, options));
    return [this, request, result] {
      current_ = nullptr;
      if (!request->is_cancelled) done_(request->folder, request->chart, std::move(*result));
      start();
    };
  });
}

}  // namespace lsp
