// What the engine thread has to do next: the client's messages in their order, and tasks that others hand
// over.
//
// Messages go first; a task gets its turn when no message waits, and after a long run of messages all the
// same. `push` waits while too many bytes are queued, so a client that floods us is slowed down instead of
// filling memory. A `$/cancelRequest` takes effect the moment it arrives: a queued request is marked, the one
// being worked on can ask; one of a request that was put off is handed out as a message. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "lsp/json_rpc.h"

namespace lsp {

using TimePoint = std::chrono::steady_clock::time_point;
using Task = std::function<void()>;

struct Incoming {
  Message message;
  std::size_t bytes = 0;  // of its text
  std::size_t held = 0;   // bytes that it takes while it waits
  bool cancelled = false;
};

struct EndOfInput {};
struct NothingToDo {};
using Event = std::variant<NothingToDo, Incoming, Task, EndOfInput>;

class Inbox {
 public:
  explicit Inbox(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void push(Message message, std::size_t bytes);
  void push_task(Task task);
  // No more messages will come; those queued are still handed out.
  void end_input();
  // Nothing counts any more: the next event is EndOfInput, and a waiting `push` returns.
  void abort();

  // NothingToDo when `deadline` passes first.
  Event pop(TimePoint deadline);

  // Engine thread: is the next message a change of this document? Then it is no use analysing the text before
  // it.
  [[nodiscard]] bool next_changes(std::string_view uri) const;
  // Is a change of any document queued?
  [[nodiscard]] bool holds_changes() const;
  // Engine thread: was the request handed out last cancelled meanwhile?
  [[nodiscard]] bool current_cancelled() const { return current_cancelled_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool has_messages() const;
  // Engine thread: the request handed out last is put off, and a cancellation of it that comes from now on is
  // handed out as a message. False: it was cancelled before.
  bool defer_current();
  void forget_deferred(const Json& id);  // it has been answered

 private:
  bool cancel(const Json& id);  // false: the request was put off
  [[nodiscard]] bool task_is_due() const;
  Incoming take_message();

  const std::size_t limit_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable drained_;
  std::deque<Incoming> messages_;
  std::deque<Task> tasks_;
  std::size_t queued_bytes_ = 0;
  std::size_t messages_in_a_row_ = 0;
  bool ended_ = false;
  bool aborted_ = false;
  Json current_id_;
  std::vector<Json> deferred_;  // their ids
  std::atomic<bool> current_cancelled_ = false;
};

}  // namespace lsp
