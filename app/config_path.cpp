#include "app/config_path.h"

#include "cli/paths.h"

namespace app {

std::optional<std::string> config_path(const cli::Environment& environment, const cli::Options& options) {
  if (options.config_file.empty()) return std::string();
  std::string path = cli::absolute_path(environment.files, environment.current_folder, options.config_file);
  if (environment.files.status(path).type == workspace::FileType::Regular) return path;
  cli::print_error(environment, options.config_file + ": is not a file that can be read");
  return std::nullopt;
}

}  // namespace app
