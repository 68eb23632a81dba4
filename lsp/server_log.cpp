#include "lsp/server_log.h"

#include <algorithm>

namespace lsp {

workspace::Result<ServerLog> open_log(const ServeOptions& options) {
  std::shared_ptr<workspace::LogFile> file;
  if (!options.log_file.empty()) {
    auto opened = workspace::LogFile::open(options.log_file);
    if (!opened) return opened.error();
    file = *opened;
  }
  const workspace::LogLevel level =
      options.log_level.value_or(file ? workspace::LogLevel::Info : workspace::LogLevel::Warning);
  const workspace::LogLevel on_stderr = file ? std::min(level, workspace::LogLevel::Warning) : level;
  const auto write = [file, on_stderr](workspace::LogLevel line_level, const std::string& line) {
    if (file) file->append(line_level, line);
    if (line_level <= on_stderr) workspace::log_to_stderr(line);
  };
  return ServerLog{file, workspace::Log(level, write)};
}

}  // namespace lsp
