#include "lsp/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lsp {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

}  // namespace

void WorkProgress::begin() {
  if (!supported_) return;
  work_ = std::make_shared<Work>();
  work_->kind = kind_;
  work_->token = fmt::format("istio-mtls/{}/{}", kind_.name, ++count_);
  client_.request("window/workDoneProgress/create", {{"token", work_->token}},
                  [&client = client_, work = work_](const Message& answer) {
                    if (!answer.error) accepted(client, *work);
                  });
}

void WorkProgress::begin_with(const Json& token) {
  work_ = std::make_shared<Work>();
  work_->kind = kind_;
  work_->token = token;
  accepted(client_, *work_);
}

void WorkProgress::accepted(Client& client, Work& work) {
  work.accepted = true;
  work.reported = std::chrono::steady_clock::now();
  send(client, work,
       {{"kind", "begin"},
        {"title", work.kind.title},
        {"percentage", 0},
        {"cancellable", work.kind.cancellable}});
  if (work.ended) send(client, work, {{"kind", "end"}});
}

void WorkProgress::report(std::size_t done, std::size_t total) {
  if (!work_) return;
  work_->total = total;
  const auto now = std::chrono::steady_clock::now();
  if (!work_->accepted || total == 0 || now - work_->reported < kBetweenReports) return;
  work_->reported = now;
  Json value{{"kind", "report"}, {"percentage", std::min(done, total) * 100 / total}};
  if (!kind_.unit.empty()) value["message"] = fmt::format("{} of {} {}", done, total, kind_.unit);
  send(client_, *work_, std::move(value));
}

void WorkProgress::end() {
  if (!work_) return;
  const auto work = std::exchange(work_, nullptr);
  work->ended = true;
  if (!work->accepted) return;
  Json value{{"kind", "end"}};
  if (!kind_.unit.empty()) value["message"] = fmt::format("{} {}", work->total, kind_.unit);
  send(client_, *work, std::move(value));
}

void WorkProgress::send(Client& client, const Work& work, Json value) {
  client.notify("$/progress", {{"token", work.token}, {"value", std::move(value)}});
}

}  // namespace lsp
