#include "workspace/platform/programs.h"

#include <algorithm>
#include <cstdlib>

namespace workspace {

std::vector<std::string> program_folders() {
  const char* const found = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  std::string_view rest = found == nullptr ? "" : found;
  std::vector<std::string> folders;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

std::string program_file(std::string_view name) { return std::string(name); }

std::string_view empty_file() { return "/dev/null"; }

}  // namespace workspace
