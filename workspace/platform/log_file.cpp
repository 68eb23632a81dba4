// Where log lines go.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>

#include "workspace/platform/log.h"

namespace workspace {
namespace {

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, since.count() % 1000);
}

}  // namespace

void log_to_stderr(std::string_view line) {
  const std::string text = fmt::format("istio-mtls-ls: {}\n", loggable(line));
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

Result<std::shared_ptr<LogFile>> LogFile::open(const std::string& path) {
  // Not blocking: a FIFO that nobody reads is refused, and one that is read too slowly loses lines.
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (descriptor < 0) {
    return Error{fmt::format("{}: can't write the log: {}", path,
                             std::error_code(errno, std::generic_category()).message())};
  }
  return std::make_shared<LogFile>(descriptor);
}

LogFile::~LogFile() { ::close(descriptor_); }

void LogFile::append(LogLevel level, std::string_view line) {
  const std::string text =
      fmt::format("{} {} {}: {}\n", now_as_text(), ::getpid(), level_name(level), loggable(line));
  const auto written = ::write(descriptor_, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size()) || failed_.exchange(true)) return;
  const std::string reason =
      written < 0 ? std::error_code(errno, std::generic_category()).message() : "no room";
  log_to_stderr("lines of the log are lost: " + reason);
}

}  // namespace workspace
