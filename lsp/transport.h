// Bytes to and from the client: LSP's framing, and the three channels it comes over.
//
// FrameDecoder is pure, and holds no more than one message of at most `max_message_bytes`. A message that is
// too large is skipped and reported; headers without a usable Content-Length are reported once, and reading
// goes on at the next `Content-Length:` in the stream. So whatever a client sends, the next well-formed
// message is understood.
//
// Connection reads on one thread and writes on another; `interrupt` may come from any and ends both for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/base/result.h"

namespace lsp {

struct Frame {
  enum class Kind : std::uint8_t { Message, Problem };
  Kind kind = Kind::Message;
  std::string text;  // the body, or what was wrong
};

class FrameDecoder {
 public:
  explicit FrameDecoder(std::uint64_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void feed(std::string_view bytes);
  std::optional<Frame> next();  // none: more bytes are needed
  // What is missing if the stream ends here; empty if it ends between messages.
  [[nodiscard]] std::string unfinished() const;

 private:
  enum class State : std::uint8_t { Headers, Body, Skip, Lost };

  std::optional<Frame> read_headers();
  std::optional<Frame> begin_body(std::uint64_t length);
  std::optional<Frame> lose_boundary(std::string problem);
  bool find_boundary();
  [[nodiscard]] std::string_view pending() const { return std::string_view(buffer_).substr(begin_); }
  void consume(std::size_t bytes);

  std::uint64_t max_message_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;  // what lies before was consumed
  State state_ = State::Headers;
  std::uint64_t left_ = 0;    // Body, Skip: bytes still to come
  std::size_t searched_ = 0;  // Headers: pending bytes known to hold no end of the headers
};

std::string frame_header(std::size_t body_bytes);

class Connection {
 public:
  virtual ~Connection() = default;
  // Waits for bytes; 0 at the end of the input, on failure and once interrupted.
  virtual std::size_t read_some(char* data, std::size_t size) = 0;
  // Writes what fits without waiting, perhaps nothing; none if the other end is gone.
  virtual std::optional<std::size_t> write_now(std::string_view bytes) = 0;
  // Waits until write_now can make progress; false if it never will.
  virtual bool wait_writable() = 0;
  virtual void interrupt() = 0;
};

// From now on, to write to a client that has gone fails, and does not end the process.
void survive_lost_clients();

// Standard input and output. From then on, standard output of the process goes to standard error, so that no
// stray line can break a frame.
workspace::Result<std::unique_ptr<Connection>> open_stdio();

// Asked now and then while nobody has connected; false ends the waiting.
using StillWanted = std::function<bool()>;

// Waits for one client, that is for somebody who sends a header, at HOST:PORT or PORT (no host: 127.0.0.1).
// Says on standard error where it listens, and warns where others than this machine may reach it.
workspace::Result<std::unique_ptr<Connection>> accept_tcp(const std::string& address,
                                                          const StillWanted& still_wanted);

// A Unix socket, on Windows a named pipe: connects where someone listens at `path` (as `--pipe` editors do),
// else listens there for one client. The socket it makes is for this user only; its file goes away once the
// client is there, or a signal ends the waiting.
workspace::Result<std::unique_ptr<Connection>> open_pipe(const std::string& path,
                                                         const StillWanted& still_wanted);

struct HostPort {
  std::string host;
  std::string port;
};
// "127.0.0.1:9257", "[::1]:9257", ":9257", "9257".
std::optional<HostPort> split_host_port(std::string_view address);

}  // namespace lsp
