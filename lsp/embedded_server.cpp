#include "lsp/embedded_server.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "lsp/engine.h"
#include "lsp/message_sink.h"
#include "lsp/scheduler.h"
#include "lsp/server.h"

namespace lsp {
namespace {

class HostSink : public MessageSink {
 public:
  explicit HostSink(EmbeddedServer::Host& host) : host_(host) {}
  using MessageSink::send;
  void send(std::string message) override { host_.send(message); }
  [[nodiscard]] bool congested() const override { return host_.is_congested && host_.is_congested(); }

 private:
  EmbeddedServer::Host& host_;
};

ServerHooks hooks_of(const EmbeddedServer::Host& host, const workspace::Log& log) {
  ServerHooks hooks;
  hooks.parent_known = host.watch;
  hooks.log = log;
  return hooks;
}

}  // namespace

struct EmbeddedServer::Parts {
  Parts(const ServeOptions& options, const workspace::FileSystem& files, const workspace::Log& log,
        Host given)
      : host(std::move(given)),
        server(
            {.settings = options.settings, .config_file = options.config_file, .clusters = options.clusters},
            files, scheduler, inbox, sink, hooks_of(host, log)) {}

  Host host;
  // Whoever pushes would wait for room for ever: the host minds how much it brings.
  Inbox inbox{std::numeric_limits<std::size_t>::max()};
  HostSink sink{host};
  Scheduler scheduler{inbox, 0};
  Server server;
};

EmbeddedServer::EmbeddedServer(const ServeOptions& options, const workspace::FileSystem& files,
                               workspace::Log log, Host host)
    : decoder_(options.max_message_bytes),
      log_(std::move(log)),
      parts_(std::make_unique<Parts>(options, files, log_, std::move(host))) {
  if (options.client_process > 0 && parts_->host.watch) parts_->host.watch(options.client_process);
}

EmbeddedServer::~EmbeddedServer() = default;

void EmbeddedServer::message(std::string_view text) { parts_->inbox.push(parse_message(text), text.size()); }

void EmbeddedServer::feed(std::string_view bytes) {
  decoder_.feed(bytes);
  while (auto frame = decoder_.next()) {
    const bool whole = frame->kind == Frame::Kind::Message;
    parts_->inbox.push(
        whole ? parse_message(frame->text) : invalid_message(ErrorCode::ParseError, frame->text),
        frame->text.size());
  }
}

void EmbeddedServer::end_input() {
  if (const std::string problem = decoder_.unfinished(); !problem.empty()) log_.warning(problem);
  parts_->inbox.end_input();
}

std::optional<TimePoint> EmbeddedServer::work(std::chrono::microseconds budget) {
  const std::optional<TimePoint> next = run_for(parts_->server, parts_->inbox, budget);
  if (next) return next;
  if (!parts_->server.exit_status()) log_.warning("the client has gone without 'exit'");
  log_.info(fmt::format("ended with exit status {}", exit_status()));
  return std::nullopt;
}

bool EmbeddedServer::has_messages() const { return parts_->inbox.has_messages(); }

int EmbeddedServer::exit_status() const {
  const Server& server = parts_->server;
  return server.exit_status().value_or(server.status_at_end_of_input());
}

}  // namespace lsp
