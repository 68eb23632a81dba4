#include "workspace/platform/programs.h"

#include <algorithm>

#include "workspace/platform/windows/windows_api.h"

namespace workspace {

std::vector<std::string> program_folders() {
  const std::wstring path = windows::variable(L"PATH");
  std::wstring_view rest = path;
  std::vector<std::string> folders;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(L';'), rest.size());
    std::wstring_view one = rest.substr(0, end);
    if (one.size() > 2 && one.starts_with(L'"') && one.ends_with(L'"')) one = one.substr(1, one.size() - 2);
    std::string folder = windows::path_from_system(one);
    if (folder.starts_with('/') && !windows::system_path(folder).empty())
      folders.push_back(std::move(folder));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

std::string program_file(std::string_view name) {
  const bool has_it = name.ends_with(".exe");
  return std::string(name) + (has_it ? "" : ".exe");
}

std::string_view empty_file() { return "NUL"; }

}  // namespace workspace
