// What the server did, for whoever has to find out why: lines with a level.
//
// A Log is a value: copies write to the same place, and one made without arguments writes nowhere. A line
// never holds what manifests say, at no level: they may be Secrets. At Debug every message is named with its
// document, its size and the time it took. Control characters are escaped, so that a path or a method can't
// forge a line. Thread-safe, and never waits for whoever reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "workspace/base/result.h"

namespace workspace {

enum class LogLevel : std::uint8_t { Error, Warning, Info, Debug };
std::string_view level_name(LogLevel level);

class Log {
 public:
  using Write = std::function<void(LogLevel, const std::string& line)>;  // thread-safe

  Log() = default;
  Log(LogLevel level, Write write) : level_(level), write_(std::move(write)) {}

  // Lets a caller skip what only a line would need.
  [[nodiscard]] bool wants(LogLevel level) const { return write_ && level <= level_; }
  void error(const std::string& line) const { write(LogLevel::Error, line); }
  void warning(const std::string& line) const { write(LogLevel::Warning, line); }
  void info(const std::string& line) const { write(LogLevel::Info, line); }
  void debug(const std::string& line) const { write(LogLevel::Debug, line); }

 private:
  void write(LogLevel level, const std::string& line) const {
    if (wants(level)) write_(level, line);
  }

  LogLevel level_ = LogLevel::Warning;
  Write write_;
};

// A file that lines are added to, each with time, process and level, in one piece: several servers may share
// it. Only this user can read a file that it creates.
class LogFile {
 public:
  static Result<std::shared_ptr<LogFile>> open(const std::string& path);
  explicit LogFile(int descriptor) : descriptor_(descriptor) {}
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void append(LogLevel level, std::string_view line);
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::atomic<bool> failed_ = false;  // and that was told
};

// "istio-mtls-ls: line" on standard error; dropped where nobody reads it and its pipe is full.
void log_to_stderr(std::string_view line);

// Without line breaks and other control characters, and not longer than a pipe takes in one piece.
std::string loggable(std::string_view line);

}  // namespace workspace
