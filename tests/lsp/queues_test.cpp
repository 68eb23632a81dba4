// Inbox, Outbox and Scheduler: order, cancelling, limits, and that nobody waits for ever.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lsp/inbox.h"
#include "lsp/outbox.h"
#include "lsp/scheduler.h"

namespace {

using namespace std::chrono_literals;
using lsp::Inbox;
using lsp::Json;
using lsp::Message;

Message request(int id, const std::string& method = "m") {
  Message message = lsp::parse_message(Json{{"id", id}, {"method", method}}.dump());
  message.values = 0;  // so that it counts as many bytes as a test says
  return message;
}
Message cancel(int id) {
  return lsp::parse_message(Json{{"method", "$/cancelRequest"}, {"params", {{"id", id}}}}.dump());
}
Message change(const std::string& uri) {
  return lsp::parse_message(
      Json{{"method", "textDocument/didChange"}, {"params", {{"textDocument", {{"uri", uri}}}}}}.dump());
}

// The next event as a word: "id", "id cancelled", "task", "nothing", "end".
std::string next(Inbox& inbox) {
  const lsp::Event event = inbox.pop(lsp::TimePoint::min());
  if (std::holds_alternative<lsp::NothingToDo>(event)) return "nothing";
  if (std::holds_alternative<lsp::EndOfInput>(event)) return "end";
  if (std::holds_alternative<lsp::Task>(event)) return "task";
  const auto& incoming = std::get<lsp::Incoming>(event);
  return incoming.message.id.dump() + (incoming.cancelled ? " cancelled" : "");
}

// A channel that takes so many bytes, and then waits for more to be allowed.
class SlowConnection : public lsp::Connection {
 public:
  std::size_t read_some(char*, std::size_t) override { return 0; }
  std::optional<std::size_t> write_now(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::nullopt;
    const std::size_t taken = std::min(bytes.size(), allowed_);
    allowed_ -= taken;
    written_ += bytes.substr(0, taken);
    return taken;
  }
  bool wait_writable() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || allowed_ > 0; });
    return !closed_;
  }
  void interrupt() override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  void allow(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    allowed_ += bytes;
    changed_.notify_all();
  }
  std::string written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t allowed_ = 0;
  bool closed_ = false;
  std::string written_;
};

}  // namespace

TEST_CASE("messages come in order and before tasks") {
  Inbox inbox(1000);
  inbox.push_task([] {});
  inbox.push(request(1), 10);
  inbox.push(request(2), 10);
  CHECK(next(inbox) == "1");
  CHECK(next(inbox) == "2");
  CHECK(next(inbox) == "task");
  CHECK(next(inbox) == "nothing");
}

TEST_CASE("a task gets its turn in an endless run of messages") {
  Inbox inbox(1 << 20);
  inbox.push_task([] {});
  for (int i = 0; i < 1000; ++i) inbox.push(request(i), 10);
  int before = 0;
  while (next(inbox) != "task") ++before;
  CHECK(before < 1000);
}

TEST_CASE("cancelling marks queued requests and the one in hand") {
  Inbox inbox(1000);
  inbox.push(request(1), 10);
  inbox.push(request(2), 10);
  inbox.push(cancel(2), 10);
  inbox.push(cancel(99), 10);
  CHECK(next(inbox) == "1");
  CHECK_FALSE(inbox.current_cancelled());
  inbox.push(cancel(1), 10);
  CHECK(inbox.current_cancelled());
  CHECK(next(inbox) == "2 cancelled");
  CHECK(next(inbox) == "nothing");
}

TEST_CASE("cancelling a request that was put off is a message, until it has been answered") {
  Inbox inbox(1000);
  inbox.push(request(1), 10);
  CHECK(next(inbox) == "1");
  CHECK(inbox.defer_current());
  inbox.push(cancel(1), 10);
  CHECK(next(inbox) == "null");
  inbox.forget_deferred(1);
  inbox.push(cancel(1), 10);
  CHECK(next(inbox) == "nothing");
  inbox.push(request(2), 10);
  CHECK(next(inbox) == "2");
  inbox.push(cancel(2), 10);
  CHECK_FALSE(inbox.defer_current());
}

TEST_CASE("what the next message changes") {
  Inbox inbox(1000);
  CHECK_FALSE(inbox.next_changes("file:///a"));
  inbox.push(change("file:///a"), 10);
  CHECK(inbox.next_changes("file:///a"));
  CHECK_FALSE(inbox.next_changes("file:///b"));
}

TEST_CASE("a document without a name is not changed by every message") {
  Inbox inbox(1000);
  inbox.push(request(1), 10);
  CHECK_FALSE(inbox.next_changes(""));
}

TEST_CASE("queued messages are handed out before the end of the input, tasks are not") {
  Inbox inbox(1000);
  inbox.push(request(1), 10);
  inbox.push_task([] {});
  inbox.end_input();
  CHECK(next(inbox) == "1");
  CHECK(next(inbox) == "end");
}

TEST_CASE("a full inbox makes the reader wait until there is room, or the end") {
  Inbox inbox(25);
  inbox.push(request(1), 20);
  inbox.push(request(2), 20);
  auto third = std::async(std::launch::async, [&] { inbox.push(request(3), 20); });
  CHECK(third.wait_for(50ms) == std::future_status::timeout);
  CHECK(next(inbox) == "1");
  third.get();
  auto fourth = std::async(std::launch::async, [&] { inbox.push(request(4), 20); });
  CHECK(fourth.wait_for(50ms) == std::future_status::timeout);
  inbox.abort();
  fourth.get();
  CHECK(next(inbox) == "end");
}

TEST_CASE("a message counts with what its values take") {
  Inbox inbox(1000);
  lsp::Message many = request(1);
  many.values = 100;
  inbox.push(std::move(many), 20);
  auto second = std::async(std::launch::async, [&] { inbox.push(request(2), 20); });
  CHECK(second.wait_for(50ms) == std::future_status::timeout);
  CHECK(next(inbox) == "1");
  second.get();
  CHECK(next(inbox) == "2");
}

TEST_CASE("what a client reads late arrives whole and in order") {
  SlowConnection connection;
  std::string expected;
  {
    lsp::Outbox outbox(connection, 1 << 20, 100);
    for (int i = 0; i < 50; ++i) {
      const std::string text = "message " + std::to_string(i);
      expected += lsp::frame_header(text.size()) + text;
      outbox.send(text);
    }
    CHECK(outbox.congested());
    for (std::size_t sent = 0; sent < expected.size(); sent += 7) connection.allow(7);
    outbox.flush(5s);
    CHECK_FALSE(outbox.congested());
  }
  CHECK(connection.written() == expected);
}

TEST_CASE("a client that reads nothing makes the server wait, not grow; giving up frees it") {
  SlowConnection connection;
  lsp::Outbox outbox(connection, 1000, 100);
  std::atomic<int> sent = 0;
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i, ++sent) outbox.send(std::string(100, 'x'));
  });
  std::this_thread::sleep_for(50ms);
  CHECK(sent < 20);
  outbox.abandon();
  sender.join();
  CHECK(sent == 100);
}

TEST_CASE("results of jobs come back through the inbox") {
  for (const unsigned workers : {0U, 3U}) {
    CAPTURE(workers);
    Inbox inbox(1000);
    lsp::Scheduler scheduler(inbox, workers);
    std::vector<int> results;  // touched on this thread only
    for (int i = 0; i < 20; ++i) {
      scheduler.run([&results, i]() -> lsp::Task { return [&results, i] { results.push_back(i); }; });
    }
    while (results.size() < 20) {
      lsp::Event event = inbox.pop(std::chrono::steady_clock::now() + 10s);
      REQUIRE(std::holds_alternative<lsp::Task>(event));
      std::get<lsp::Task>(event)();
    }
    CHECK(next(inbox) == "nothing");
  }
}

TEST_CASE("jobs in the background wait for no usual one, and the other way about") {
  Inbox inbox(1000);
  lsp::Scheduler scheduler(inbox, 1);
  std::atomic<bool> is_usual_done = false;
  const auto wait_for_usual = [&]() -> lsp::Task {
    while (!is_usual_done && !scheduler.cancelled()) std::this_thread::sleep_for(1ms);
    return [] {};
  };
  scheduler.run(wait_for_usual, lsp::Scheduler::Urgency::Background);
  scheduler.run([&]() -> lsp::Task {
    is_usual_done = true;
    return [] {};
  });
  for (int i = 0; i < 2; ++i)
    CHECK(std::holds_alternative<lsp::Task>(inbox.pop(std::chrono::steady_clock::now() + 10s)));
  CHECK(next(inbox) == "nothing");
}

TEST_CASE("stopping drops what has not begun") {
  Inbox inbox(1000);
  std::atomic<int> begun = 0;
  lsp::Scheduler scheduler(inbox, 1);
  for (const auto urgency : {lsp::Scheduler::Urgency::Usual, lsp::Scheduler::Urgency::Background}) {
    for (int i = 0; i < 100; ++i) {
      scheduler.run(
          [&]() -> lsp::Task {
            ++begun;
            while (!scheduler.cancelled()) std::this_thread::sleep_for(1ms);
            return {};
          },
          urgency);
    }
  }
  scheduler.stop();
  CHECK(begun <= 2);
}
