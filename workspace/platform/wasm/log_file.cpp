// Where log lines go. Hosts' writes may wait for whoever reads standard error.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "workspace/platform/log.h"
#include "workspace/platform/wasm/host_calls.h"

namespace workspace {
namespace {

constexpr int kStandardError = 2;

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     since.count() % 1000);
}

}  // namespace

void log_to_stderr(std::string_view line) {
  const std::string text = fmt::format("istio-mtls-ls: {}\n", loggable(line));
  host_write_file(kStandardError, text.data(), text.size());
}

Result<std::shared_ptr<LogFile>> LogFile::open(const std::string& path) {
  const int file = host_open_file(path.data(), path.size(), static_cast<int>(host::Open::Append));
  if (file < 0) return Error{fmt::format("{}: can't write the log: {}", path, host::message_of(file))};
  return std::make_shared<LogFile>(file);
}

LogFile::~LogFile() { host_close_file(descriptor_); }

void LogFile::append(LogLevel level, std::string_view line) {
  const std::string text =
      fmt::format("{} {} {}: {}\n", now_as_text(), host_process_number(), level_name(level), loggable(line));
  const int written = host_write_file(descriptor_, text.data(), text.size());
  if (written == static_cast<int>(text.size()) || failed_.exchange(true)) return;
  const std::string reason = written < 0 ? host::message_of(written) : "no room";
  log_to_stderr("lines of the log are lost: " + reason);
}

}  // namespace workspace
