// The channels, over Boost.Asio. Reading and writing wait in poll(2) together with a wake-up pipe and never
// put a descriptor that we share with others (standard input and output) into non-blocking mode.
#include "lsp/transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <deque>
#include <utility>
#include <vector>

#include "workspace/platform/held_signals.h"
#include "workspace/platform/log.h"
#include "workspace/platform/pipe.h"

namespace lsp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using workspace::Error;
using workspace::Result;

// A pipe takes this much at once where poll(2) says that it takes anything (PIPE_BUF).
constexpr std::size_t kPipeWrite = 4096;

// Wakes threads that wait in poll(2), once and for good.
class WakeUp {
 public:
  WakeUp() {
    if (!workspace::make_pipe(ends_)) ends_ = {-1, -1};
    for (const int end : ends_) ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~WakeUp() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void wake() const {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(ends_[1], &byte, 1);
  }

  enum class Wait : std::uint8_t { Ready, NotReady, Ended };
  // Waits for `events` of `descriptor`; timeout_ms -1 waits for ever. Ended also once nobody reads any more
  // what is written to `output` (-1: none).
  [[nodiscard]] Wait wait(int descriptor, short events, int timeout_ms, int output = -1) const {
    std::array<pollfd, 3> polled{{{descriptor, events, 0}, {ends_[0], POLLIN, 0}, {output, 0, 0}}};
    int count = ::poll(polled.data(), polled.size(), timeout_ms);
    while (count < 0 && errno == EINTR) count = ::poll(polled.data(), polled.size(), timeout_ms);
    if (count < 0 || polled[1].revents != 0) return Wait::Ended;
    if ((polled[2].revents & POLLERR) != 0) return Wait::Ended;
    if (polled[0].revents == 0) return Wait::NotReady;
    const bool broken = (polled[0].revents & (POLLERR | POLLNVAL)) != 0 && (polled[0].revents & events) == 0;
    return broken ? Wait::Ended : Wait::Ready;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

class StdioConnection : public Connection {
 public:
  StdioConnection(int input, int output) : input_(context_, input), output_(context_, output) {}

  std::size_t read_some(char* data, std::size_t size) override {
    if (wake_.wait(input_.native_handle(), POLLIN, -1, output_.native_handle()) == WakeUp::Wait::Ended)
      return 0;
    error_code error;
    return input_.read_some(asio::buffer(data, size), error);
  }

  std::optional<std::size_t> write_now(std::string_view bytes) override {
    std::size_t written = 0;
    while (written < bytes.size()) {
      const auto state = wake_.wait(output_.native_handle(), POLLOUT, 0);
      if (state == WakeUp::Wait::Ended) return std::nullopt;
      if (state == WakeUp::Wait::NotReady) break;
      error_code error;
      const std::string_view chunk = bytes.substr(written, kPipeWrite);
      written += output_.write_some(asio::buffer(chunk.data(), chunk.size()), error);
      if (error) return std::nullopt;
    }
    return written;
  }

  bool wait_writable() override {
    return wake_.wait(output_.native_handle(), POLLOUT, -1) == WakeUp::Wait::Ready;
  }
  void interrupt() override { wake_.wake(); }

 private:
  asio::io_context context_;
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  WakeUp wake_;
};

template <class Protocol>
class SocketConnection : public Connection {
 public:
  using Socket = typename Protocol::socket;

  SocketConnection(std::unique_ptr<asio::io_context> context, Socket socket)
      : context_(std::move(context)), socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  std::size_t read_some(char* data, std::size_t size) override {
    while (wake_.wait(socket_.native_handle(), POLLIN, -1) != WakeUp::Wait::Ended) {
      error_code error;
      const std::size_t count = socket_.read_some(asio::buffer(data, size), error);
      if (!would_block(error)) return count;
    }
    return 0;
  }

  std::optional<std::size_t> write_now(std::string_view bytes) override {
    std::size_t written = 0;
    while (written < bytes.size()) {
      error_code error;
      const std::string_view rest = bytes.substr(written);
      written += socket_.write_some(asio::buffer(rest.data(), rest.size()), error);
      if (would_block(error)) break;
      if (error) return std::nullopt;
    }
    return written;
  }

  bool wait_writable() override {
    return wake_.wait(socket_.native_handle(), POLLOUT, -1) == WakeUp::Wait::Ready;
  }
  void interrupt() override { wake_.wake(); }

 private:
  std::unique_ptr<asio::io_context> context_;
  Socket socket_;
  WakeUp wake_;
};

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

std::string endpoint_text(const Tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

// What those that connect have said so far.
enum class Hello : std::uint8_t { Nothing, Client, Other };

// Clients speak first, and headers are all that they begin with: a port scanner, a browser or a health check
// is none of them, and must not take the only place there is.
Hello hello_of(int connection) {
  constexpr std::string_view kBegin = "content-";
  std::array<char, kBegin.size()> bytes{};
  const ssize_t size = ::recv(connection, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Hello::Nothing : Hello::Other;
  const auto count = static_cast<std::size_t>(size);
  const bool fits = std::equal(bytes.begin(), bytes.begin() + size, kBegin.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
  if (count == 0 || !fits) return Hello::Other;
  return count == kBegin.size() ? Hello::Client : Hello::Nothing;
}

// Waits for a client, looking around now and then; an error once it isn't wanted any more.
template <class Acceptor, class Socket>
error_code accept_client(Acceptor& acceptor, Socket& client, const StillWanted& still_wanted) {
  constexpr int kBetweenLooksMs = 100;
  constexpr std::size_t kMostStrangers = 16;  // connected and silent; the oldest has to go
  std::deque<Socket> strangers;
  while (true) {
    std::vector<pollfd> polled{{acceptor.native_handle(), POLLIN, 0}};
    for (Socket& stranger : strangers) polled.push_back({stranger.native_handle(), POLLIN, 0});
    ::poll(polled.data(), static_cast<nfds_t>(polled.size()), kBetweenLooksMs);
    if (!still_wanted()) return asio::error::operation_aborted;
    bool undecided = false;
    for (auto at = strangers.begin(); at != strangers.end();) {
      const Hello hello = hello_of(at->native_handle());
      if (hello == Hello::Client) {
        client = std::move(*at);
        return {};
      }
      undecided |= hello == Hello::Nothing &&
                   (polled[static_cast<std::size_t>(at - strangers.begin()) + 1].revents & POLLIN) != 0;
      at = hello == Hello::Other ? strangers.erase(at) : at + 1;
      if (hello == Hello::Other) break;  // places in `polled` have moved
    }
    if (polled[0].revents != 0) {
      error_code error;
      Socket stranger(acceptor.get_executor());
      acceptor.accept(stranger, error);
      if (error && error != asio::error::connection_aborted && !would_block(error)) return error;
      if (!error) strangers.push_back(std::move(stranger));
      if (strangers.size() > kMostStrangers) strangers.pop_front();
    }
    if (undecided) ::poll(nullptr, 0, kBetweenLooksMs);  // half a word has come
  }
}

Error cannot_listen(const std::string& where, const error_code& error) {
  if (error == asio::error::operation_aborted)
    return Error{
        fmt::format("nobody connected to {} before the process that started the session ended", where)};
  return Error{fmt::format("can't listen at {}: {}", where, error.message())};
}

// Is it a socket that nobody listens at any more?
bool is_dead_socket(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

error_code listen_at(Local::acceptor& acceptor, const std::string& path) {
  error_code error;
  acceptor.open(Local(), error);
  if (error) return error;
  const mode_t before = ::umask(0177);  // the socket is born for this user only
  acceptor.bind(Local::endpoint(path), error);
  ::umask(before);
  if (!error) acceptor.listen(1, error);
  return error;
}

}  // namespace

void survive_lost_clients() { std::signal(SIGPIPE, SIG_IGN); }

Result<std::unique_ptr<Connection>> open_stdio() {
  const int input = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (input < 0 || output < 0) return Error{"standard input or output is closed"};
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return std::unique_ptr<Connection>(std::make_unique<StdioConnection>(input, output));
}

Result<std::unique_ptr<Connection>> accept_tcp(const std::string& address, const StillWanted& still_wanted) {
  const auto place = split_host_port(address);
  if (!place) return Error{fmt::format("'{}' is not HOST:PORT or PORT", address)};
  auto context = std::make_unique<asio::io_context>(1);
  error_code error;
  // No name service is asked: a program without shared libraries can't, and none is wanted.
  const asio::ip::address host =
      asio::ip::make_address(place->host == "localhost" ? "127.0.0.1" : place->host, error);
  if (error) return Error{fmt::format("can't listen at {}: expected an IP address or localhost", address)};
  const Tcp::endpoint endpoint(host, static_cast<std::uint16_t>(std::stoul(place->port)));

  Tcp::acceptor acceptor(*context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1, error);
  if (error) return cannot_listen(address, error);
  const Tcp::endpoint bound = acceptor.local_endpoint(error);
  workspace::log_to_stderr("listening on " + endpoint_text(bound));
  if (!bound.address().is_loopback()) {
    workspace::log_to_stderr(fmt::format(
        "warning: {} is not a loopback address: whoever can reach it can read this machine's manifests",
        bound.address().to_string()));
  }
  Tcp::socket socket(*context);
  error = accept_client(acceptor, socket, still_wanted);
  if (error) return cannot_listen(address, error);
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  return std::unique_ptr<Connection>(
      std::make_unique<SocketConnection<Tcp>>(std::move(context), std::move(socket)));
}

Result<std::unique_ptr<Connection>> open_pipe(const std::string& path, const StillWanted& still_wanted) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return Error{fmt::format("'{}' can't name a socket", path)};
  auto context = std::make_unique<asio::io_context>(1);
  error_code error;
  Local::socket socket(*context);
  socket.connect(Local::endpoint(path), error);
  if (!error) {
    return std::unique_ptr<Connection>(
        std::make_unique<SocketConnection<Local>>(std::move(context), std::move(socket)));
  }
  if (error == asio::error::connection_refused && is_dead_socket(path)) ::unlink(path.c_str());
  socket.close(error);
  Local::acceptor acceptor(*context);
  // The name of the socket goes before the process does.
  const workspace::HeldSignals signals;
  error = listen_at(acceptor, path);
  if (error) return cannot_listen(path, error);
  workspace::log_to_stderr("listening on " + path);
  error = accept_client(acceptor, socket, [&] { return !signals.any() && still_wanted(); });
  // Nobody else is served: the name can go, so that no end of the process leaves it behind.
  ::unlink(path.c_str());
  if (error) return cannot_listen(path, error);
  return std::unique_ptr<Connection>(
      std::make_unique<SocketConnection<Local>>(std::move(context), std::move(socket)));
}

}  // namespace lsp
