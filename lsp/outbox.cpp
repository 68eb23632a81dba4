// The queue is written from its front by whoever holds the mutex; the writer thread gives it up only to wait.
#include "lsp/outbox.h"

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
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  if (queue_.size() == 1) write_at_once();
  const bool left = !queue_.empty();
  lock.unlock();
  if (left) changed_.notify_all();
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
    if (writable) {
      write_at_once();
    } else {
      drop_all();
    }
    changed_.notify_all();
  }
}

void Outbox::write_at_once() {
  while (!queue_.empty()) {
    const std::string_view rest = std::string_view(queue_.front()).substr(front_written_);
    const auto written = connection_.write_now(rest);
    if (!written) return drop_all();
    queued_bytes_ -= *written;
    written_bytes_ += *written;
    front_written_ += *written;
    if (*written < rest.size()) return;
    queue_.pop_front();
    front_written_ = 0;
  }
}

void Outbox::drop_all() {
  broken_ = true;
  queue_.clear();
  front_written_ = 0;
  queued_bytes_ = 0;
}

}  // namespace lsp
