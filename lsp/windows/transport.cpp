// The channels, over Windows' own calls. Standard input and output are pipes whose reads and writes wait, and
// of which nothing else can be waited for: so each direction has a thread of its own, which reads ahead or
// writes what is handed to it. What such a thread still waits for when the session ends is left to the end of
// the process (app/console.h: leave).
#include "lsp/transport.h"

#include <fmt/format.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "workspace/platform/log.h"
#include "workspace/platform/windows/windows_api.h"

namespace lsp {
namespace {

namespace windows = workspace::windows;
using windows::Handle;
using workspace::Error;
using workspace::Result;

constexpr std::size_t kRoom = std::size_t{64} << 10;  // bytes of each direction that are read or taken ahead
constexpr std::chrono::milliseconds kFarewell{500};   // for what was taken to be written
constexpr DWORD kBetweenLooksMs = 100;

// Both ends of a channel, with calls that wait. Each direction is used by one thread.
class ByteStream {
 public:
  ByteStream() = default;
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual std::size_t read(char* data, std::size_t size) = 0;         // 0: the end
  virtual std::size_t write(const char* data, std::size_t size) = 0;  // 0: the other end is gone
};

// Pipes as programs get them for standard input and output.
class StandardStreams : public ByteStream {
 public:
  StandardStreams(Handle input, Handle output) : input_(std::move(input)), output_(std::move(output)) {}

  std::size_t read(char* data, std::size_t size) override {
    DWORD count = 0;
    return ::ReadFile(input_.get(), data, static_cast<DWORD>(size), &count, nullptr) != 0 ? count : 0;
  }
  std::size_t write(const char* data, std::size_t size) override {
    DWORD count = 0;
    return ::WriteFile(output_.get(), data, static_cast<DWORD>(size), &count, nullptr) != 0 ? count : 0;
  }

 private:
  Handle input_;
  Handle output_;
};

// A named pipe. One that is read and written at once has to be opened for overlapped calls.
class NamedPipe : public ByteStream {
 public:
  explicit NamedPipe(Handle pipe)
      : pipe_(std::move(pipe)),
        has_read_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)),
        has_written_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

  std::size_t read(char* data, std::size_t size) override {
    OVERLAPPED call{};
    call.hEvent = has_read_.get();
    return finished(::ReadFile(pipe_.get(), data, static_cast<DWORD>(size), nullptr, &call), call);
  }
  std::size_t write(const char* data, std::size_t size) override {
    OVERLAPPED call{};
    call.hEvent = has_written_.get();
    return finished(::WriteFile(pipe_.get(), data, static_cast<DWORD>(size), nullptr, &call), call);
  }

 private:
  std::size_t finished(BOOL begun, OVERLAPPED& call) {
    if (begun == 0 && ::GetLastError() != ERROR_IO_PENDING) return 0;
    DWORD count = 0;
    return ::GetOverlappedResult(pipe_.get(), &call, &count, TRUE) != 0 ? count : 0;
  }

  Handle pipe_;
  Handle has_read_;
  Handle has_written_;
};

class Socket {
 public:
  Socket() = default;
  explicit Socket(SOCKET number) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, INVALID_SOCKET)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (number_ != INVALID_SOCKET) ::closesocket(number_);
  }
  [[nodiscard]] SOCKET number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ != INVALID_SOCKET; }
  void set_waiting(bool waits) const {
    u_long does_not = waits ? 0 : 1;
    ::ioctlsocket(number_, static_cast<long>(FIONBIO), &does_not);
  }

 private:
  SOCKET number_ = INVALID_SOCKET;
};

class TcpStream : public ByteStream {
 public:
  explicit TcpStream(Socket socket) : socket_(std::move(socket)) {}

  std::size_t read(char* data, std::size_t size) override {
    return counted(::recv(socket_.number(), data, static_cast<int>(size), 0));
  }
  std::size_t write(const char* data, std::size_t size) override {
    return counted(::send(socket_.number(), data, static_cast<int>(size), 0));
  }

 private:
  static std::size_t counted(int count) { return count > 0 ? static_cast<std::size_t>(count) : 0; }

  Socket socket_;
};

// Bytes between one thread that brings and one that takes them.
class Buffer {
 public:
  // Waits for room; false: nobody takes them any more.
  bool put(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || bytes_.size() < kRoom; });
    if (closed_) return false;
    bytes_ += bytes;
    lock.unlock();
    changed_.notify_all();
    return true;
  }
  // Takes what there is room for; none: closed.
  std::optional<std::size_t> put_now(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    if (closed_) return std::nullopt;
    const std::size_t count = std::min(bytes.size(), kRoom - std::min(kRoom, bytes_.size()));
    bytes_ += bytes.substr(0, count);
    lock.unlock();
    changed_.notify_all();
    return count;
  }
  // False: it never will have.
  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || bytes_.size() < kRoom; });
    return !closed_;
  }
  // Waits for bytes; 0: there will be none.
  std::size_t take(char* data, std::size_t size) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || ended_ || !bytes_.empty(); });
    if (closed_ || bytes_.empty()) return 0;
    const std::size_t count = std::min(size, bytes_.size());
    std::copy_n(bytes_.data(), count, data);
    bytes_.erase(0, count);
    lock.unlock();
    changed_.notify_all();
    return count;
  }
  // Waits for bytes and for their end to be seen by `is_written`; empty: there will be none.
  std::string take_all() {
    std::unique_lock lock(mutex_);
    in_hand_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return closed_ || !bytes_.empty(); });
    if (closed_) return {};
    in_hand_ = true;
    std::string all = std::exchange(bytes_, {});
    lock.unlock();
    changed_.notify_all();
    return all;
  }
  void wait_until_written(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [this] { return closed_ || (bytes_.empty() && !in_hand_); });
  }
  // No more will be brought.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  // Whoever waits does so no more.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  bool in_hand_ = false;  // what was taken is not written yet
  bool ended_ = false;
  bool closed_ = false;
};

// What the threads and the connection share; it goes with the last of them.
struct Channel {
  explicit Channel(std::unique_ptr<ByteStream> both) : stream(std::move(both)) {}

  std::unique_ptr<ByteStream> stream;
  Buffer input;
  Buffer output;
};

void read_ahead(const std::shared_ptr<Channel>& channel) {
  std::vector<char> chunk(kRoom);
  while (const std::size_t count = channel->stream->read(chunk.data(), chunk.size())) {
    if (!channel->input.put({chunk.data(), count})) return;
  }
  channel->input.end();
}

void write_behind(const std::shared_ptr<Channel>& channel) {
  for (std::string bytes = channel->output.take_all(); !bytes.empty(); bytes = channel->output.take_all()) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::size_t count = channel->stream->write(rest.data(), rest.size());
      if (count == 0) {  // the client is gone: what it has said is not of interest any more
        channel->output.close();
        channel->input.close();
        return;
      }
      rest.remove_prefix(count);
    }
  }
}

class ThreadedConnection : public Connection {
 public:
  explicit ThreadedConnection(std::unique_ptr<ByteStream> stream)
      : channel_(std::make_shared<Channel>(std::move(stream))) {
    std::thread(read_ahead, channel_).detach();
    std::thread(write_behind, channel_).detach();
  }
  ThreadedConnection(const ThreadedConnection&) = delete;
  ThreadedConnection& operator=(const ThreadedConnection&) = delete;
  ~ThreadedConnection() override { ThreadedConnection::interrupt(); }

  std::size_t read_some(char* data, std::size_t size) override { return channel_->input.take(data, size); }
  std::optional<std::size_t> write_now(std::string_view bytes) override {
    return channel_->output.put_now(bytes);
  }
  bool wait_writable() override { return channel_->output.wait_for_room(); }
  // Our last words have been taken; the client gets time to read them.
  void interrupt() override {
    channel_->input.close();
    channel_->output.wait_until_written(kFarewell);
    channel_->output.close();
  }

 private:
  std::shared_ptr<Channel> channel_;
};

std::unique_ptr<Connection> connection_over(std::unique_ptr<ByteStream> stream) {
  return std::make_unique<ThreadedConnection>(std::move(stream));
}

// ---- TCP

Error cannot_listen(const std::string& where, int code) {
  return Error{fmt::format("can't listen at {}: {}", where, windows::message_of(static_cast<DWORD>(code)))};
}

Error nobody_came(const std::string& where) {
  return Error{
      fmt::format("nobody connected to {} before the process that started the session ended", where)};
}

struct FreeAddress {
  void operator()(addrinfo* address) const { ::freeaddrinfo(address); }
};
using Address = std::unique_ptr<addrinfo, FreeAddress>;

// No name service is asked.
Address numeric_address(const HostPort& place) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string host = place.host == "localhost" ? "127.0.0.1" : place.host;
  if (::getaddrinfo(host.c_str(), place.port.c_str(), &hints, &found) != 0) return nullptr;
  return Address(found);
}

struct Bound {
  std::string host;
  std::string port;
  bool is_v6 = false;
  bool is_loopback = false;
};

Bound bound_to(const Socket& socket) {
  sockaddr_storage storage{};
  auto* address = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: as the calls have it
  int size = sizeof storage;
  if (::getsockname(socket.number(), address, &size) != 0) return {};
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  Bound bound{host.data(), port.data(), storage.ss_family == AF_INET6, false};
  bound.is_loopback = bound.is_v6 ? bound.host == "::1" : bound.host.starts_with("127.");
  return bound;
}

// What those that connect have said so far.
enum class Hello : std::uint8_t { Nothing, Client, Other };

// As in the twin: who does not begin with headers must not take the only place there is.
Hello hello_of(const Socket& connection) {
  constexpr std::string_view kBegin = "content-";
  std::array<char, kBegin.size()> bytes{};
  const int size = ::recv(connection.number(), bytes.data(), static_cast<int>(bytes.size()), MSG_PEEK);
  if (size < 0) return ::WSAGetLastError() == WSAEWOULDBLOCK ? Hello::Nothing : Hello::Other;
  const bool fits = std::equal(bytes.begin(), bytes.begin() + size, kBegin.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
  if (size == 0 || !fits) return Hello::Other;
  return static_cast<std::size_t>(size) == kBegin.size() ? Hello::Client : Hello::Nothing;
}

// Waits for a client, looking around now and then. Not open: `code` says why; 0: it isn't wanted any more.
Socket accept_client(const Socket& acceptor, const StillWanted& still_wanted, int& code) {
  constexpr std::size_t kMostStrangers = 16;  // connected and silent; the oldest has to go
  std::deque<Socket> strangers;
  acceptor.set_waiting(false);
  while (still_wanted()) {
    std::vector<WSAPOLLFD> polled{{acceptor.number(), POLLRDNORM, 0}};
    for (const Socket& stranger : strangers) polled.push_back({stranger.number(), POLLRDNORM, 0});
    const int ready = ::WSAPoll(polled.data(), static_cast<ULONG>(polled.size()), kBetweenLooksMs);
    if (ready < 0) {
      code = ::WSAGetLastError();
      return Socket();
    }
    for (auto at = strangers.begin(); at != strangers.end();) {
      const Hello hello = hello_of(*at);
      if (hello == Hello::Client) {
        at->set_waiting(true);
        return std::move(*at);
      }
      at = hello == Hello::Other ? strangers.erase(at) : at + 1;
    }
    Socket stranger(::accept(acceptor.number(), nullptr, nullptr));
    if (stranger.is_open()) {
      stranger.set_waiting(false);
      strangers.push_back(std::move(stranger));
      if (strangers.size() > kMostStrangers) strangers.pop_front();
    } else if (ready > 0) {
      ::Sleep(kBetweenLooksMs);  // half a word has come
    }
  }
  code = 0;
  return Socket();
}

// ---- Named pipes

// "//./pipe/name", as the command line's arguments are read, is `\\.\pipe\name`; a name alone is one of
// those.
std::wstring pipe_name(std::string path) {
  constexpr std::string_view kPipes = R"(\\.\pipe\)";
  std::replace(path.begin(), path.end(), '/', '\\');
  if (path.starts_with(R"(\\)")) return windows::wide(path);
  return path.find('\\') == std::string::npos ? windows::wide(kPipes) + windows::wide(path) : std::wstring();
}

Handle connect_to(const std::wstring& name) {
  constexpr DWORD kPatience = 2000;  // milliseconds, while each of its places is taken
  for (;;) {
    // SECURITY_IDENTIFICATION: who listens there must not act in our name.
    Handle pipe(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                              nullptr));
    if (pipe.is_open() || ::GetLastError() != ERROR_PIPE_BUSY) return pipe;
    if (::WaitNamedPipeW(name.c_str(), kPatience) == 0) return Handle();
  }
}

// Waits for one client. 0, or what GetLastError() says; `is_unwanted`: it is not waited for any more.
DWORD wait_for_client(const Handle& pipe, const StillWanted& still_wanted, bool& is_unwanted) {
  const Handle event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  OVERLAPPED call{};
  call.hEvent = event.get();
  if (::ConnectNamedPipe(pipe.get(), &call) != 0) return 0;
  const DWORD begun = ::GetLastError();
  if (begun == ERROR_PIPE_CONNECTED) return 0;
  if (begun != ERROR_IO_PENDING) return begun;
  DWORD ignored = 0;
  while (::WaitForSingleObject(event.get(), kBetweenLooksMs) == WAIT_TIMEOUT) {
    if (still_wanted()) continue;
    is_unwanted = true;
    ::CancelIoEx(pipe.get(), &call);
    ::GetOverlappedResult(pipe.get(), &call, &ignored, TRUE);
    return ERROR_OPERATION_ABORTED;
  }
  return ::GetOverlappedResult(pipe.get(), &call, &ignored, TRUE) != 0 ? 0 : ::GetLastError();
}

}  // namespace

void survive_lost_clients() {}  // as it is here

Result<std::unique_ptr<Connection>> open_stdio() {
  const auto duplicate = [](DWORD which) {
    HANDLE copy = nullptr;
    const bool done = ::DuplicateHandle(::GetCurrentProcess(), ::GetStdHandle(which), ::GetCurrentProcess(),
                                        &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) != 0;
    return Handle(done ? copy : nullptr);
  };
  Handle input = duplicate(STD_INPUT_HANDLE);
  Handle output = duplicate(STD_OUTPUT_HANDLE);
  if (!input.is_open() || !output.is_open()) return Error{"standard input or output is closed"};
  ::SetStdHandle(STD_OUTPUT_HANDLE, ::GetStdHandle(STD_ERROR_HANDLE));
  return connection_over(std::make_unique<StandardStreams>(std::move(input), std::move(output)));
}

Result<std::unique_ptr<Connection>> accept_tcp(const std::string& address, const StillWanted& still_wanted) {
  const auto place = split_host_port(address);
  if (!place) return Error{fmt::format("'{}' is not HOST:PORT or PORT", address)};
  WSADATA ignored{};
  if (const int code = ::WSAStartup(MAKEWORD(2, 2), &ignored); code != 0) return cannot_listen(address, code);
  const Address target = numeric_address(*place);
  if (!target) return Error{fmt::format("can't listen at {}: expected an IP address or localhost", address)};
  const Socket acceptor(::socket(target->ai_family, SOCK_STREAM, IPPROTO_TCP));
  // Nobody else may listen there, too, as Windows allows unless it is told.
  const BOOL alone = TRUE;
  const bool listens =
      acceptor.is_open() &&
      ::setsockopt(acceptor.number(), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                   reinterpret_cast<const char*>(&alone),  // NOLINT
                   sizeof alone) == 0 &&
      ::bind(acceptor.number(), target->ai_addr, static_cast<int>(target->ai_addrlen)) == 0 &&
      ::listen(acceptor.number(), 1) == 0;
  if (!listens) return cannot_listen(address, ::WSAGetLastError());
  const Bound bound = bound_to(acceptor);
  workspace::log_to_stderr(bound.is_v6 ? fmt::format("listening on [{}]:{}", bound.host, bound.port)
                                       : fmt::format("listening on {}:{}", bound.host, bound.port));
  if (!bound.is_loopback) {
    workspace::log_to_stderr(fmt::format(
        "warning: {} is not a loopback address: whoever can reach it can read this machine's manifests",
        bound.host));
  }
  int code = 0;
  Socket client = accept_client(acceptor, still_wanted, code);
  if (!client.is_open()) return code == 0 ? nobody_came(address) : cannot_listen(address, code);
  const BOOL at_once = TRUE;
  ::setsockopt(client.number(), IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&at_once),  // NOLINT
               sizeof at_once);
  return connection_over(std::make_unique<TcpStream>(std::move(client)));
}

Result<std::unique_ptr<Connection>> open_pipe(const std::string& path, const StillWanted& still_wanted) {
  const std::wstring name = pipe_name(path);
  if (name.empty()) return Error{fmt::format("'{}' can't name a pipe", path)};
  if (Handle pipe = connect_to(name); pipe.is_open())
    return connection_over(std::make_unique<NamedPipe>(std::move(pipe)));
  // For one client, on this machine, of this user and of administrators, as pipes are by default: others may
  // read at most, which this one does not let them.
  constexpr DWORD kHow = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE;
  Handle pipe(::CreateNamedPipeW(name.c_str(), kHow,
                                 PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                                 1, kRoom, kRoom, 0, nullptr));
  if (!pipe.is_open()) return cannot_listen(path, static_cast<int>(::GetLastError()));
  workspace::log_to_stderr("listening on " + path);
  bool is_unwanted = false;
  const DWORD code = wait_for_client(pipe, still_wanted, is_unwanted);
  if (is_unwanted) return nobody_came(path);
  if (code != 0) return cannot_listen(path, static_cast<int>(code));
  return connection_over(std::make_unique<NamedPipe>(std::move(pipe)));
}

}  // namespace lsp
