// Wires channel, queues, workers and server together. Threads: this one is the engine; one reads, one writes
// (outbox.cpp), a few read files (scheduler.cpp), one watches the parent (parent_watch.cpp).
#include "lsp/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <thread>

#include "lsp/engine.h"
#include "lsp/outbox.h"
#include "lsp/parent_watch.h"
#include "lsp/scheduler.h"
#include "lsp/transport.h"

namespace lsp {
namespace {

constexpr std::size_t kInboxBytes = std::size_t{64} << 20;
constexpr std::size_t kOutboxBytes = std::size_t{64} << 20;
constexpr std::size_t kCongestedBytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kFarewell{500};  // for the client to read our last words
constexpr int kCannotServe = 2;

void log_line(const std::string& line) {
  fmt::print(stderr, "istio-mtls-ls: {}\n", line);
  std::fflush(stderr);
}

workspace::Result<std::unique_ptr<Connection>> open_channel(const ServeOptions& options) {
  switch (options.channel) {
    case ServeOptions::Channel::Listen:
      return accept_tcp(options.address);
    case ServeOptions::Channel::Pipe:
      return open_pipe(options.address);
    case ServeOptions::Channel::Stdio:
      break;
  }
  return open_stdio();
}

// Frames from the channel become messages in the inbox, until the input ends.
void read_messages(Connection& connection, Inbox& inbox, Outbox& outbox, std::uint64_t max_message_bytes) {
  FrameDecoder decoder(max_message_bytes);
  std::array<char, std::size_t{64} << 10> chunk{};
  while (const std::size_t count = connection.read_some(chunk.data(), chunk.size())) {
    decoder.feed({chunk.data(), count});
    while (auto frame = decoder.next()) {
      const bool whole = frame->kind == Frame::Kind::Message;
      inbox.push(whole ? parse_message(frame->text) : invalid_message(ErrorCode::ParseError, frame->text),
                 frame->text.size());
    }
  }
  if (const std::string problem = decoder.unfinished(); !problem.empty()) log_line(problem);
  outbox.input_ended();
  inbox.end_input();
}

unsigned worker_count(unsigned jobs) {
  constexpr unsigned kMost = 16;
  if (jobs == 0) jobs = std::thread::hardware_concurrency();
  return std::clamp(jobs, 1U, kMost);
}

int serve_client(Connection& connection, const ServeOptions& options) {
  const workspace::DiskFileSystem files;
  Inbox inbox(kInboxBytes);
  Outbox outbox(connection, kOutboxBytes, kCongestedBytes);
  Scheduler scheduler(inbox, worker_count(options.jobs));
  ParentWatch parent([&] {
    log_line("the process that started the session has ended");
    inbox.abort();
    outbox.abandon();
  });
  ServerHooks hooks;
  hooks.parent_known = [&](std::int64_t process) { parent.watch(process); };
  hooks.log = log_line;
  Server server({options.settings, options.config_file, options.max_file_bytes}, files, scheduler, inbox,
                outbox, std::move(hooks));
  std::thread reader([&] { read_messages(connection, inbox, outbox, options.max_message_bytes); });

  const int status = run_engine(server, inbox);
  scheduler.stop();
  inbox.abort();
  outbox.flush(kFarewell);
  connection.interrupt();
  reader.join();
  return status;
}

}  // namespace

int serve(const ServeOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a client that has gone is an error of writing
  auto connection = open_channel(options);
  if (!connection) {
    log_line(connection.error().message);
    return kCannotServe;
  }
  return serve_client(**connection, options);
}

}  // namespace lsp
