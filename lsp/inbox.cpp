#include "lsp/inbox.h"

#include <algorithm>
#include <utility>

namespace lsp {
namespace {

constexpr std::size_t kMessagesBeforeTask = 256;
constexpr std::size_t kBytesOfValue = 64;  // of JSON, with what the allocator adds

// The document that a didChange speaks of.
std::optional<std::string_view> changed_uri(const Message& message) {
  if (message.kind != Message::Kind::Notification || message.method != "textDocument/didChange")
    return std::nullopt;
  if (!message.params.is_object()) return std::nullopt;
  const auto document = message.params.find("textDocument");
  if (document == message.params.end() || !document->is_object()) return std::nullopt;
  const auto uri = document->find("uri");
  if (uri == document->end() || !uri->is_string()) return std::nullopt;
  return uri->get_ref<const std::string&>();
}

}  // namespace

void Inbox::push(Message message, std::size_t bytes) {
  {
    std::unique_lock lock(mutex_);
    drained_.wait(lock, [this] { return aborted_ || messages_.empty() || queued_bytes_ < limit_bytes_; });
    if (aborted_) return;
    if (message.kind == Message::Kind::Notification && message.method == "$/cancelRequest") {
      if (!message.params.is_object() || !message.params.contains("id")) return;
      if (cancel(message.params["id"])) return;
    }
    const std::size_t held = bytes + message.values * kBytesOfValue;
    queued_bytes_ += held;
    messages_.push_back({std::move(message), bytes, held, false});
  }
  changed_.notify_one();
}

void Inbox::push_task(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void Inbox::end_input() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void Inbox::abort() {
  {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
  }
  changed_.notify_one();
  drained_.notify_all();
}

Event Inbox::pop(TimePoint deadline) {
  std::unique_lock lock(mutex_);
  current_id_ = nullptr;
  const auto due = [this] { return aborted_ || ended_ || !messages_.empty() || !tasks_.empty(); };
  if (!due() && !changed_.wait_until(lock, deadline, due)) return NothingToDo{};
  if (aborted_) return EndOfInput{};
  if (task_is_due()) {
    messages_in_a_row_ = 0;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }
  if (messages_.empty()) return EndOfInput{};
  return take_message();
}

bool Inbox::next_changes(std::string_view uri) const {
  const std::lock_guard lock(mutex_);
  return !messages_.empty() && changed_uri(messages_.front().message) == uri;
}

bool Inbox::holds_changes() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(messages_.begin(), messages_.end(),
                     [](const Incoming& queued) { return changed_uri(queued.message).has_value(); });
}

bool Inbox::has_messages() const {
  const std::lock_guard lock(mutex_);
  return !messages_.empty();
}

bool Inbox::defer_current() {
  const std::lock_guard lock(mutex_);
  if (current_cancelled()) return false;
  deferred_.push_back(std::exchange(current_id_, nullptr));
  return true;
}

void Inbox::forget_deferred(const Json& id) {
  const std::lock_guard lock(mutex_);
  std::erase(deferred_, id);
}

bool Inbox::cancel(const Json& id) {
  if (id.is_null()) return true;
  for (Incoming& queued : messages_) {
    if (queued.message.kind == Message::Kind::Request && queued.message.id == id) queued.cancelled = true;
  }
  if (current_id_ == id) current_cancelled_ = true;
  return std::find(deferred_.begin(), deferred_.end(), id) == deferred_.end();
}

bool Inbox::task_is_due() const {
  if (tasks_.empty()) return false;
  return messages_.empty() ? !ended_ : messages_in_a_row_ >= kMessagesBeforeTask;
}

Incoming Inbox::take_message() {
  ++messages_in_a_row_;
  Incoming next = std::move(messages_.front());
  messages_.pop_front();
  queued_bytes_ -= next.held;
  current_id_ = next.message.id;
  current_cancelled_ = next.cancelled;
  drained_.notify_all();
  return next;
}

}  // namespace lsp
