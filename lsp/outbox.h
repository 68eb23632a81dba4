// The way of the server's messages to a channel: writes what it takes at once on the calling thread and
// leaves the rest to a writer thread. What a client does not read is kept up to a limit; past it `send`
// waits, so memory stays bounded.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lsp/message_sink.h"
#include "lsp/transport.h"

namespace lsp {

class Outbox : public MessageSink {
 public:
  // Past `limit_bytes` of unwritten messages `send` waits; congested from `congested_bytes` on.
  Outbox(Connection& connection, std::size_t limit_bytes, std::size_t congested_bytes);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void send(std::string message) override;
  void send(std::vector<std::string> pieces) override;
  [[nodiscard]] bool congested() const override;

  // The client has closed its end: from now on one that reads nothing for a while is given up.
  void input_ended();
  // Waits until all is written, at most so long.
  void flush(std::chrono::milliseconds at_most);
  // Drops what is unwritten; a waiting `send` returns. Any thread.
  void abandon();

 private:
  void write_in_background();
  void write_at_once();
  void write_front(std::unique_lock<std::mutex>& lock);
  void take_written(std::size_t bytes, bool whole_front);
  void enqueue(std::string bytes);
  void wait_for_room(std::unique_lock<std::mutex>& lock);
  void drop_all();

  Connection& connection_;
  const std::size_t limit_bytes_;
  const std::size_t congested_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;  // frames, or pieces of them
  std::size_t front_written_ = 0;  // bytes of queue_.front()
  std::size_t queued_bytes_ = 0;
  std::size_t written_bytes_ = 0;  // ever
  bool input_ended_ = false;
  bool stopping_ = false;
  bool front_in_use_ = false;  // the writer thread writes it without the mutex
  bool broken_ = false;        // the other end is gone, or we gave up on it
  std::thread writer_;
};

}  // namespace lsp
