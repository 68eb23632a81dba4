// Wires channel, queues, workers and server together. Threads: this one is the engine; one reads, one writes
// (outbox.cpp), a few read files (scheduler.cpp), one watches the parent (parent_watch.cpp).
#include "lsp/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include "lsp/engine.h"
#include "lsp/outbox.h"
#include "lsp/scheduler.h"
#include "lsp/server_log.h"
#include "lsp/transport.h"
#include "workspace/platform/crash.h"
#include "workspace/platform/file_watch.h"
#include "workspace/platform/heap.h"
#include "workspace/platform/log.h"
#include "workspace/platform/parent_watch.h"

namespace lsp {
namespace {

constexpr std::size_t kInboxBytes = std::size_t{64} << 20;
constexpr std::size_t kOutboxBytes = std::size_t{64} << 20;
constexpr std::size_t kCongestedBytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kFarewell{500};  // for the client to read our last words
constexpr int kCannotServe = 2;

workspace::Result<std::unique_ptr<Connection>> open_channel(const ServeOptions& options) {
  // One that cannot be seen from the start may be one of another PID namespace.
  const bool is_seen = options.client_process > 0 && workspace::is_running(options.client_process);
  const auto still_wanted = [is_seen, process = options.client_process] {
    return !is_seen || workspace::is_running(process);
  };
  switch (options.channel) {
    case ServeOptions::Channel::Listen:
      return accept_tcp(options.address, still_wanted);
    case ServeOptions::Channel::Pipe:
      return open_pipe(options.address, still_wanted);
    case ServeOptions::Channel::Stdio:
      break;
  }
  return open_stdio();
}

// Frames from the channel become messages in the inbox, until the input ends.
void read_messages(Connection& connection, Inbox& inbox, Outbox& outbox, std::uint64_t max_message_bytes,
                   const workspace::Log& log) {
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
  if (const std::string problem = decoder.unfinished(); !problem.empty()) log.warning(problem);
  outbox.input_ended();
  inbox.end_input();
}

unsigned worker_count(unsigned jobs) {
  constexpr unsigned kMost = 16;
  // Most of them wait where files are not in memory yet; where they are, more would keep edits waiting.
  constexpr unsigned kUsual = 8;
  if (jobs == 0) jobs = std::max(kUsual, std::thread::hardware_concurrency());
  return std::clamp(jobs, 1U, kMost);
}

std::string channel_name(const ServeOptions& options) {
  switch (options.channel) {
    case ServeOptions::Channel::Listen:
      return "TCP";
    case ServeOptions::Channel::Pipe:
      return options.address;
    case ServeOptions::Channel::Stdio:
      break;
  }
  return "standard input and output";
}

int serve_client(Connection& connection, const ServeOptions& options, const workspace::Log& log) {
  workspace::share_heaps();
  workspace::join_free_blocks_at_once();
  const workspace::DiskFileSystem files;
  Inbox inbox(kInboxBytes);
  Outbox outbox(connection, kOutboxBytes, kCongestedBytes);
  Scheduler scheduler(inbox, worker_count(options.jobs));
  workspace::ParentWatch parent([&] {
    log.warning("the process that started the session has ended");
    inbox.abort();
    outbox.abandon();
  });
  // Its thread pushes into the inbox; it ends before that, and before the server is left behind.
  std::unique_ptr<workspace::FileWatch> watch = workspace::make_file_watch();
  ServerHooks hooks;
  hooks.file_watch = watch.get();
  const auto watch_parent = [&](std::int64_t process) {
    if (!parent.watch(process)) log.info(fmt::format("process {} cannot be seen from here", process));
  };
  hooks.parent_known = watch_parent;
  hooks.log = log;
  auto server = std::make_unique<Server>(
      SessionOptions{
          .settings = options.settings, .config_file = options.config_file, .clusters = options.clusters},
      files, scheduler, inbox, outbox, std::move(hooks));
  watch_parent(options.client_process);
  std::thread reader([&] { read_messages(connection, inbox, outbox, options.max_message_bytes, log); });

  const int status = run_engine(*server, inbox);
  if (!server->exit_status()) log.warning("the client has gone without 'exit'");
  scheduler.stop();
  watch.reset();
  inbox.abort();
  outbox.flush(kFarewell);
  connection.interrupt();
  reader.join();
  // To take apart what was known of 100,000 manifests takes a second and frees nothing that the end of the
  // process does not. Static, so that a leak checker finds who holds it.
  [[maybe_unused]] static const Server* const left_behind = server.release();
  return status;
}

}  // namespace

int serve(const ServeOptions& options) {
  survive_lost_clients();
  const auto opened = open_log(options);
  if (!opened) {
    workspace::log_to_stderr("error: " + opened.error().message);
    return kCannotServe;
  }
  const workspace::Log& log = opened->log;
  if (opened->file) workspace::report_crashes_to(opened->file->descriptor());
  log.info(fmt::format("istio-mtls-ls {}, process {}, over {}", ISTIO_MTLS_VERSION, workspace::own_process(),
                       channel_name(options)));
  auto connection = open_channel(options);
  if (!connection) {
    log.error(connection.error().message);
    return kCannotServe;
  }
  const int status = serve_client(**connection, options, log);
  log.info(fmt::format("ended with exit status {}", status));
  workspace::report_crashes_to(-1);
  return status;
}

}  // namespace lsp
