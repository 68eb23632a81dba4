#include "lsp/progress.h"

#include <fmt/format.h>

#include <utility>

namespace lsp {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

}  // namespace

void IndexingProgress::begin() {
  if (!supported_) return;
  work_ = std::make_shared<Work>();
  work_->token = fmt::format("istio-mtls/indexing/{}", ++count_);
  client_.request("window/workDoneProgress/create", {{"token", work_->token}},
                  [&client = client_, work = work_](const Message& answer) {
                    if (!answer.error) accepted(client, *work);
                  });
}

void IndexingProgress::accepted(Client& client, Work& work) {
  work.accepted = true;
  work.reported = std::chrono::steady_clock::now();
  send(client, work,
       {{"kind", "begin"}, {"title", "Indexing Istio manifests"}, {"percentage", 0}, {"cancellable", false}});
  if (work.ended) send(client, work, {{"kind", "end"}});
}

void IndexingProgress::report(std::size_t done, std::size_t total) {
  if (!work_) return;
  work_->files = total;
  const auto now = std::chrono::steady_clock::now();
  if (!work_->accepted || total == 0 || now - work_->reported < kBetweenReports) return;
  work_->reported = now;
  send(client_, *work_,
       {{"kind", "report"},
        {"message", fmt::format("{} of {} files", done, total)},
        {"percentage", done * 100 / total}});
}

void IndexingProgress::end() {
  if (!work_) return;
  const auto work = std::exchange(work_, nullptr);
  work->ended = true;
  if (work->accepted)
    send(client_, *work, {{"kind", "end"}, {"message", fmt::format("{} files", work->files)}});
}

void IndexingProgress::send(Client& client, const Work& work, Json value) {
  client.notify("$/progress", {{"token", work.token}, {"value", std::move(value)}});
}

}  // namespace lsp
