#include "workspace/platform/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>

#include "workspace/platform/pipe.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace workspace {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{100};
constexpr milliseconds kTimeToEnd{500};

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  void set(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor reader;
  Descriptor writer;

  // The reader does not block; neither end is for a program that another thread starts meanwhile.
  [[nodiscard]] bool open() {
    std::array<int, 2> ends{};
    if (!make_pipe(ends)) return false;
    reader.set(ends[0]);
    writer.set(ends[1]);
    return ::fcntl(reader.number(), F_SETFL, O_NONBLOCK) == 0;
  }
};

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view name = name_of(*entry);
    const bool replaced =
        std::any_of(added.begin(), added.end(), [&](const auto& variable) { return variable.first == name; });
    if (!replaced) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : added) {
    std::string& entry = all.emplace_back(name);
    (entry += '=') += value;
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// How the program is started: with the three standard files only, and signals as they are by default.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // Returns 0 or an errno.
  int prepare(const std::string& folder, const Pipe& output, const Pipe& errors) {
    int trouble = ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (trouble == 0)
      trouble = ::posix_spawn_file_actions_adddup2(&actions_, output.writer.number(), STDOUT_FILENO);
    if (trouble == 0)
      trouble = ::posix_spawn_file_actions_adddup2(&actions_, errors.writer.number(), STDERR_FILENO);
    if (trouble == 0 && !folder.empty())
      trouble = ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
#if defined(POSIX_SPAWN_CLOEXEC_DEFAULT)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#elif defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 34)
    if (trouble == 0) trouble = ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
#endif
#endif
    sigset_t signals;
    sigemptyset(&signals);
    if (trouble == 0) trouble = ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (trouble == 0) trouble = ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    if (trouble == 0) trouble = ::posix_spawnattr_setflags(&attributes_, flags);
    return trouble;
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

class Running {
 public:
  explicit Running(const ProcessRequest& request)
      : request_(request), deadline_(Clock::now() + request.time_limit) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { end(); }

  std::optional<Error> start() {
    if (!output_.open() || !errors_.open()) return trouble("cannot start", errno);
    SpawnSettings settings;
    if (const int number = settings.prepare(request_.folder, output_, errors_); number != 0)
      return trouble("cannot start", number);
    std::vector<std::string> words = {request_.program};
    words.insert(words.end(), request_.arguments.begin(), request_.arguments.end());
    std::vector<std::string> variables = environment_with(request_.environment);
    const int number =
        ::posix_spawnp(&process_, request_.program.c_str(), settings.actions(), settings.attributes(),
                       pointers_to(words).data(), pointers_to(variables).data());
    if (number == ENOENT) return Error{request_.program + ": no such program"};
    if (number != 0) return trouble("cannot start", number);
    runs_ = true;
    output_.writer.close();
    errors_.writer.close();
    return std::nullopt;
  }

  Result<ProcessResult> finish() {
    for (;;) {
      look_for_end();
      wait_for_text();
      read_errors();
      if (!read_output())
        return Error{fmt::format("{}: writes more than {} bytes", request_.program, request_.max_output)};
      // What holds the pipes longer than the program itself is not waited for.
      if (!runs_) break;
      if (Clock::now() >= deadline_)
        return Error{fmt::format("{}: no answer within {} s", request_.program,
                                 static_cast<double>(request_.time_limit.count()) / 1000)};
      if (request_.cancelled && request_.cancelled()) return Error{request_.program + ": cancelled"};
    }
    if (is_lost_) return Error{request_.program + ": how it ended is not known"};
    return std::move(result_);
  }

 private:
  [[nodiscard]] Error trouble(std::string_view what, int number) const {
    return {fmt::format("{}: {}: {}", request_.program, what, std::strerror(number))};
  }

  void look_for_end() {
    if (!runs_) return;
    int status = 0;
    pid_t ended = 0;
    do {
      ended = ::waitpid(process_, &status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0) return;
    runs_ = false;
    is_lost_ = ended < 0;
    if (is_lost_) return;
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    if (WIFEXITED(status)) result_.status = WEXITSTATUS(status);
  }

  // Until there is something to read, or it is time to look around.
  void wait_for_text() {
    if (!runs_) return;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - Clock::now());
    // A program that has closed both ends is about to end.
    const bool is_closing = !output_.reader.is_open() && !errors_.reader.is_open();
    const milliseconds most = is_closing ? milliseconds{1} : kBetweenLooks;
    const milliseconds time = std::clamp(left, milliseconds{0}, most);
    std::array<pollfd, 2> ends = {
        {{output_.reader.number(), POLLIN, 0}, {errors_.reader.number(), POLLIN, 0}}};
    ::poll(ends.data(), ends.size(), static_cast<int>(time.count()));
  }

  // All that is there now. False: `take` wants no more.
  template <class Take>
  static bool read_all(Descriptor& from, const Take& take) {
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    std::array<char, kPiece> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    while (from.is_open()) {
      const ssize_t count = ::read(from.number(), piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (count <= 0) from.close();
      if (count > 0 && !take(std::string_view(piece.data(), static_cast<std::size_t>(count)))) return false;
    }
    return true;
  }

  bool read_output() {
    return read_all(output_.reader, [this](std::string_view text) {
      if (result_.output.size() + text.size() > request_.max_output) return false;
      result_.output += text;
      return true;
    });
  }

  void read_errors() {
    read_all(errors_.reader, [this](std::string_view text) {
      result_.errors += text;
      if (result_.errors.size() > 2 * request_.max_errors) keep_last_errors();
      return true;
    });
    keep_last_errors();
  }

  void keep_last_errors() {
    if (result_.errors.size() > request_.max_errors)
      result_.errors.erase(0, result_.errors.size() - request_.max_errors);
  }

  void end() {
    if (!runs_) return;
    ::kill(process_, SIGTERM);
    const auto last = Clock::now() + kTimeToEnd;
    for (look_for_end(); runs_ && Clock::now() < last; look_for_end())
      std::this_thread::sleep_for(milliseconds{5});
    if (!runs_) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    runs_ = false;
  }

  const ProcessRequest& request_;
  const Clock::time_point deadline_;
  Pipe output_;
  Pipe errors_;
  pid_t process_ = 0;
  bool runs_ = false;
  bool is_lost_ = false;  // someone else waited for it
  ProcessResult result_;
};

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request) {
  Running running(request);
  if (std::optional<Error> error = running.start()) return *std::move(error);
  return running.finish();
}

}  // namespace workspace
