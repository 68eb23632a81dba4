#include "workspace/platform/log.h"

#include <fmt/format.h>

namespace workspace {
namespace {

// With time and level below PIPE_BUF, which a pipe that is ready for anything takes without waiting.
constexpr std::size_t kLongestLine = 3500;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "error";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Info:
      return "info";
    case LogLevel::Debug:
      break;
  }
  return "debug";
}

std::string loggable(std::string_view line) {
  std::string result;
  for (const char c : line) {
    if (result.size() >= kLongestLine) return result + "...";
    if (is_control(c)) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace workspace
