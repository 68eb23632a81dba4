// The requests whose answers are being made in slices, oldest first.
//
// An answer is of one state: after a change it is begun again once no change has come for a moment, and
// refused with ContentModified where changes keep coming (LSP 3.17: the client asks again if it still wants
// it). Shows work-done progress: with the client's token if the request has one, else, where that takes
// longer, with one of ours. Engine thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "lsp/client.h"
#include "lsp/inbox.h"
#include "lsp/progress.h"
#include "lsp/sliced_work.h"

namespace lsp {

class SlicedAnswers {
 public:
  // Handles a request from its beginning.
  using Handler = std::function<RpcResult(const Message&)>;
  // Told of each request that was answered.
  using OnAnswered = std::function<void(const Json& id)>;
  // The state that answers are of: another generation after each change.
  struct Present {
    std::uint64_t generation = 0;
    TimePoint now;
  };

  SlicedAnswers(Client& client, Handler handler, OnAnswered on_answered)
      : client_(client), handler_(std::move(handler)), on_answered_(std::move(on_answered)) {}

  // The client takes progress of the server's own.
  void show_progress(bool supported) { progress_supported_ = supported; }

  void begin(const Message& request, Sliced work, Present present);
  // Works on the first that can be worked on, for about so long; false: there is nothing to do now.
  bool work(std::chrono::microseconds budget, Present present);
  // When there will be something to do that is not now.
  [[nodiscard]] TimePoint deadline() const;
  [[nodiscard]] bool empty() const { return requests_.empty(); }

  bool cancel(const Json& id);  // false: it is not one of these
  void cancel_progress(const Json& token);
  void refuse_all(const RpcError& error);

 private:
  struct Request {
    Message message;
    Sliced work;  // null: to be begun again
    std::uint64_t generation = 0;
    unsigned beginnings = 1;
    TimePoint since;
    TimePoint not_before;
    std::unique_ptr<WorkProgress> progress;
  };
  using Requests = std::list<Request>;

  enum class Step : std::uint8_t { Worked, Waits, Answered };
  Step advance(Request& request, std::chrono::microseconds budget, Present present);
  Step begin_again(Request& request);
  void report(Request& request, TimePoint now) const;
  Step answer(Request& request, RpcResult result);

  Client& client_;
  const Handler handler_;
  const OnAnswered on_answered_;
  bool progress_supported_ = false;
  Requests requests_;
  std::uint64_t last_ = 0;
};

}  // namespace lsp
