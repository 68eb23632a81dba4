// The queue is written from its front: by the caller of `send` if nothing waits there, else by the writer
// thread, which gives the mutex up while it waits and writes, so that no caller waits for a client that
// reads.
#include "lsp/outbox.h"

#include <utility>

namespace lsp {
namespace {

constexpr std::chrono::seconds kPatience{1};  // with a client that has closed its end and reads nothing

}  // namespace

Outbox::Outbox(Connection& connection, std::size_t limit_bytes, std::size_t congested_bytes)
    : connection_(connection),
      limit_bytes_(limit_bytes),
      congested_bytes_(congested_bytes),
      writer_([this] { write_in_background(); }) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    drop_all();
  }
  changed_.notify_all();
  connection_.interrupt();
  writer_.join();
}

void Outbox::send(std::string message) {
  std::unique_lock lock(mutex_);
  wait_for_room(lock);
  if (broken_) return;
  std::string frame = frame_header(message.size());
  frame += message;
  const bool first = queue_.empty();
  enqueue(std::move(frame));
  if (first) write_at_once();
  const bool left = !queue_.empty();
  lock.unlock();
  if (left) changed_.notify_all();
}

// Left to the writer thread: a client that reads fast would have the caller write for long.
void Outbox::send(std::vector<std::string> pieces) {
  std::unique_lock lock(mutex_);
  wait_for_room(lock);
  if (broken_) return;
  std::size_t size = 0;
  for (const std::string& piece : pieces) size += piece.size();
  enqueue(frame_header(size));
  for (std::string& piece : pieces) enqueue(std::move(piece));
  lock.unlock();
  changed_.notify_all();
}

void Outbox::enqueue(std::string bytes) {
  queued_bytes_ += bytes.size();
  queue_.push_back(std::move(bytes));
}

void Outbox::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const auto room = [this] { return broken_ || queued_bytes_ < limit_bytes_; };
  while (!room()) {
    const bool ended_before = input_ended_;
    const std::size_t written_before = written_bytes_;
    changed_.wait_for(lock, kPatience, room);
    if (ended_before && written_bytes_ == written_before) drop_all();
  }
}

void Outbox::input_ended() {
  const std::lock_guard lock(mutex_);
  input_ended_ = true;
}

bool Outbox::congested() const {
  const std::lock_guard lock(mutex_);
  return queued_bytes_ >= congested_bytes_;
}

void Outbox::flush(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return broken_ || queue_.empty(); });
}

void Outbox::abandon() {
  {
    const std::lock_guard lock(mutex_);
    drop_all();
  }
  changed_.notify_all();
}

void Outbox::write_in_background() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    lock.unlock();
    const bool writable = connection_.wait_writable();
    lock.lock();
    if (!writable) drop_all();
    if (!queue_.empty()) write_front(lock);
    changed_.notify_all();
  }
}

// What is pushed to the queue meanwhile leaves its front where it is.
void Outbox::write_front(std::unique_lock<std::mutex>& lock) {
  const std::string_view rest = std::string_view(queue_.front()).substr(front_written_);
  front_in_use_ = true;
  lock.unlock();
  const auto written = connection_.write_now(rest);
  lock.lock();
  front_in_use_ = false;
  if (!written || broken_) return drop_all();
  take_written(*written, *written == rest.size());
}

void Outbox::take_written(std::size_t bytes, bool whole_front) {
  queued_bytes_ -= bytes;
  written_bytes_ += bytes;
  front_written_ += bytes;
  if (!whole_front) return;
  queue_.pop_front();
  front_written_ = 0;
}

void Outbox::write_at_once() {
  while (!queue_.empty()) {
    const std::string_view rest = std::string_view(queue_.front()).substr(front_written_);
    const auto written = connection_.write_now(rest);
    if (!written) return drop_all();
    const bool whole = *written == rest.size();
    take_written(*written, whole);
    if (!whole) return;
  }
}

void Outbox::drop_all() {
  broken_ = true;
  if (front_in_use_) {
    queue_.resize(1);
  } else {
    queue_.clear();
  }
  front_written_ = 0;
  queued_bytes_ = 0;
}

}  // namespace lsp
