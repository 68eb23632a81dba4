#include "lsp/sliced_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace lsp {
namespace {

using namespace std::chrono_literals;

constexpr auto kQuiet = 250ms;  // without a change, before an answer is begun again
constexpr unsigned kMostBeginnings = 5;
constexpr auto kEditPatience = 20s;  // with changes that keep coming
constexpr auto kShowProgressAfter = 200ms;

}  // namespace

void SlicedAnswers::begin(const Message& request, Sliced work, Present present) {
  Request& made = requests_.emplace_back();
  made.message = request;
  made.work = std::move(work);
  made.generation = present.generation;
  made.since = present.now;
  made.not_before = present.now;
  const bool supported = progress_supported_;
  made.progress = std::make_unique<WorkProgress>(
      client_, supported,
      WorkProgress::Kind{fmt::format("answer-{}", ++last_), made.work->title(), "", true});
  const Json& params = made.message.params;
  if (!params.is_object()) return;
  if (const auto token = params.find("workDoneToken"); token != params.end() && !token->is_null())
    made.progress->begin_with(*token);
}

bool SlicedAnswers::work(std::chrono::microseconds budget, Present present) {
  for (auto at = requests_.begin(); at != requests_.end(); ++at) {
    const Step step = advance(*at, budget, present);
    if (step == Step::Answered) requests_.erase(at);
    if (step != Step::Waits) return true;
  }
  return false;
}

SlicedAnswers::Step SlicedAnswers::advance(Request& request, std::chrono::microseconds budget,
                                           Present present) {
  if (request.generation != present.generation) {
    request.work = nullptr;
    request.generation = present.generation;
    request.not_before = present.now + kQuiet;
    if (request.beginnings >= kMostBeginnings || present.now - request.since > kEditPatience)
      return answer(request, RpcError{ErrorCode::ContentModified, "the workspace keeps changing"});
  }
  if (present.now < request.not_before) return Step::Waits;
  if (request.work == nullptr) return begin_again(request);
  const auto end = std::chrono::steady_clock::now() + budget;
  try {
    while (request.work->step()) {
      if (std::chrono::steady_clock::now() < end) continue;
      report(request, present.now);
      return Step::Worked;
    }
    return answer(request, request.work->take_answer());
  } catch (const std::exception& problem) {
    return answer(request, RpcError{ErrorCode::InternalError,
                                    fmt::format("{}: {}", request.message.method, problem.what())});
  }
}

SlicedAnswers::Step SlicedAnswers::begin_again(Request& request) {
  RpcResult result = handler_(request.message);
  auto* sliced = std::get_if<Sliced>(&result);
  if (sliced == nullptr) return answer(request, std::move(result));
  ++request.beginnings;
  request.work = std::move(*sliced);
  return Step::Worked;
}

void SlicedAnswers::report(Request& request, TimePoint now) const {
  if (!request.progress->begun()) {
    if (now - request.since < kShowProgressAfter) return;
    request.progress->begin();
  }
  request.progress->report(request.work->done(), request.work->total());
}

SlicedAnswers::Step SlicedAnswers::answer(Request& request, RpcResult result) {
  request.progress->end();
  on_answered_(request.message.id);
  client_.reply(request.message.id, std::move(result));
  return Step::Answered;
}

TimePoint SlicedAnswers::deadline() const {
  TimePoint first = TimePoint::max();
  for (const Request& request : requests_) first = std::min(first, request.not_before);
  return first;
}

bool SlicedAnswers::cancel(const Json& id) {
  const auto found = std::find_if(requests_.begin(), requests_.end(),
                                  [&](const Request& request) { return request.message.id == id; });
  if (found == requests_.end()) return false;
  answer(*found, RpcError{ErrorCode::RequestCancelled, "cancelled"});
  requests_.erase(found);
  return true;
}

void SlicedAnswers::cancel_progress(const Json& token) {
  const auto found = std::find_if(requests_.begin(), requests_.end(),
                                  [&](const Request& request) { return request.progress->has_token(token); });
  if (found != requests_.end()) cancel(Json(found->message.id));
}

void SlicedAnswers::refuse_all(const RpcError& error) {
  for (Request& request : requests_) answer(request, error);
  requests_.clear();
}

}  // namespace lsp
