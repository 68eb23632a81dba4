#include "cli/paths.h"

#include <algorithm>

#include "workspace/base/uri.h"

namespace cli {
namespace {

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

}  // namespace

std::string absolute_path(const workspace::FileSystem& files, const std::string& folder,
                          std::string_view path) {
  std::string at = workspace::normal_path(folder);
  if (path.starts_with('/')) {
    at = workspace::root_of(path);
    path.remove_prefix(at.size());
  }
  for (const std::string_view part : components(path)) {
    if (part == ".") continue;
    if (part == "..") {
      const workspace::Result<std::string> resolved = files.resolve(at);
      at = workspace::parent_path(resolved ? *resolved : at);
      continue;
    }
    if (!at.ends_with('/')) at += '/';
    at += part;
  }
  return at;
}

std::string relative_path(std::string_view path, std::string_view folder) {
  if (workspace::root_of(path) != workspace::root_of(folder)) return std::string(path);
  const std::vector<std::string_view> to = components(path);
  const std::vector<std::string_view> from = components(folder);
  const auto [stop_to, stop_from] = std::mismatch(to.begin(), to.end(), from.begin(), from.end());
  std::string relative;
  for (auto it = stop_from; it != from.end(); ++it) relative += "../";
  for (auto it = stop_to; it != to.end(); ++it) relative.append(*it) += '/';
  if (relative.empty()) return ".";
  relative.pop_back();
  return relative;
}

std::string common_folder(const std::vector<std::string>& paths) {
  std::string folder = paths.front();
  for (const std::string& path : paths) {
    while (!workspace::is_below(path, folder)) folder = workspace::parent_path(folder);
  }
  return folder;
}

std::string relative_uri(std::string_view relative) {
  // Encoded as an absolute one, so that a first segment with a ':' is no scheme.
  if (relative.starts_with('/')) return workspace::file_uri(relative);  // on another drive
  constexpr std::string_view kPrefix = "file:///";
  return workspace::file_uri("/" + std::string(relative)).substr(kPrefix.size());
}

}  // namespace cli
