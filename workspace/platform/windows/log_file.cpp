// Where log lines go. A handle's number fits into 32 bits, on 64-bit Windows too, so that it serves as
// descriptor.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "workspace/platform/log.h"
#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     since.count() % 1000);
}

// A full pipe makes a write wait, and nothing tells beforehand whether it is full: so a thread writes.
// Whoever has a line to say waits for it a moment only, and not at all while an older one waits for a reader.
class ErrorWriter {
 public:
  ErrorWriter() {
    std::thread([this] { run(); }).detach();
  }

  void write(std::string line) {
    constexpr std::size_t kMost = std::size_t{64} << 10;  // bytes; more is dropped
    constexpr std::chrono::milliseconds kPatience{100};
    std::unique_lock lock(mutex_);
    if (waiting_.size() + line.size() > kMost) return;
    waiting_ += line;
    changed_.notify_all();
    if (!is_stuck_)
      is_stuck_ = !changed_.wait_for(lock, kPatience, [this] { return is_idle_ && waiting_.empty(); });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !waiting_.empty(); });
      is_idle_ = false;
      const std::string text = std::exchange(waiting_, {});
      lock.unlock();
      DWORD written = 0;
      ::WriteFile(::GetStdHandle(STD_ERROR_HANDLE), text.data(), static_cast<DWORD>(text.size()), &written,
                  nullptr);
      lock.lock();
      is_idle_ = true;
      is_stuck_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  bool is_idle_ = true;
  bool is_stuck_ = false;  // a write takes longer than the patience
};

HANDLE handle_of(int descriptor) {
  return reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(descriptor));  // NOLINT
}

}  // namespace

void log_to_stderr(std::string_view line) {
  // Left to the end of the process: its thread may be waiting for whoever reads.
  static auto* const errors = new ErrorWriter;  // NOLINT(cppcoreguidelines-owning-memory)
  errors->write(fmt::format("istio-mtls-ls: {}\n", loggable(line)));
}

Result<std::shared_ptr<LogFile>> LogFile::open(const std::string& path) {
  const auto refused = [&](DWORD code) {
    return Error{fmt::format("{}: can't write the log: {}", path, windows::message_of(code))};
  };
  const std::wstring name = windows::system_path(path);
  if (name.empty()) return refused(ERROR_PATH_NOT_FOUND);
  // Whoever else may read it is what its folder says: a profile is its user's.
  HANDLE file =
      ::CreateFileW(name.c_str(), FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return refused(::GetLastError());
  return std::make_shared<LogFile>(static_cast<int>(reinterpret_cast<std::intptr_t>(file)));  // NOLINT
}

LogFile::~LogFile() { ::CloseHandle(handle_of(descriptor_)); }

void LogFile::append(LogLevel level, std::string_view line) {
  const std::string text = fmt::format("{} {} {}: {}\n", now_as_text(), ::GetCurrentProcessId(),
                                       level_name(level), loggable(line));
  DWORD written = 0;
  const bool done = ::WriteFile(handle_of(descriptor_), text.data(), static_cast<DWORD>(text.size()),
                                &written, nullptr) != 0;
  if ((done && written == text.size()) || failed_.exchange(true)) return;
  log_to_stderr("lines of the log are lost: " + (done ? "no room" : windows::message_of(::GetLastError())));
}

}  // namespace workspace
