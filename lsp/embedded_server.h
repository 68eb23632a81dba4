// The language server in a host that has an event loop and no threads to give, as JavaScript has: the host
// brings messages, calls `work`, and takes what is sent. One thread.
//
// Nothing waits: what costs with the workspace is done in slices, between which the host looks for messages.
// Changes on the disk come from the client, else from a look at the folders now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/inbox.h"
#include "lsp/serve.h"
#include "lsp/transport.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/log.h"

namespace lsp {

class EmbeddedServer {
 public:
  struct Host {
    std::function<void(std::string_view message)> send;  // a message to the client, without framing
    std::function<bool()> is_congested;                  // the client does not read what is sent
    std::function<void(std::int64_t process)> watch;     // when the process ends, so should the host
  };

  // `files` must outlive this. The channel and the jobs that `options` name have no meaning here.
  EmbeddedServer(const ServeOptions& options, const workspace::FileSystem& files, workspace::Log log,
                 Host host);
  ~EmbeddedServer();
  EmbeddedServer(const EmbeddedServer&) = delete;
  EmbeddedServer& operator=(const EmbeddedServer&) = delete;

  // What the client sends: whole messages, or bytes of a stream with LSP's framing.
  void message(std::string_view text);
  void feed(std::string_view bytes);
  // No more will come.
  void end_input();

  // Works for about `budget` and returns when to call this again, if no message comes before; none: the
  // server has ended, and `exit_status` says how.
  std::optional<TimePoint> work(std::chrono::microseconds budget);
  // Messages wait to be worked on: a host need not read more now.
  [[nodiscard]] bool has_messages() const;
  // As of lsp::serve.
  [[nodiscard]] int exit_status() const;

 private:
  struct Parts;

  FrameDecoder decoder_;
  workspace::Log log_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lsp
