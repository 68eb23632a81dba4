#include "workspace/discovery.h"

#include <algorithm>
#include <array>
#include <utility>

#include "workspace/config_file.h"
#include "workspace/glob.h"

namespace workspace {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_never_entered(std::string_view name) { return name == ".git" || name == "node_modules"; }

std::string joined(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + '/' + name;
}

bool is_inside(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

class Search {
 public:
  Search(const FileSystem& files, const std::string& root, const DiscoveryOptions& options)
      : files_(files),
        root_(root),
        options_(options),
        exclude_(options.exclude.begin(), options.exclude.end()) {}

  // Depth first over an explicit stack; symlinked folders are never entered, so it ends.
  Discovery run() {
    folders_.push_back(root_);
    while (!folders_.empty() && !(options_.cancelled && options_.cancelled())) {
      const std::string folder = std::move(folders_.back());
      folders_.pop_back();
      Result<std::vector<DirectoryEntry>> entries = files_.list(folder);
      if (!entries) {
        found_.problems.push_back(entries.error());
        continue;
      }
      for (const DirectoryEntry& entry : *entries) visit(joined(folder, entry.name), entry);
    }
    std::sort(found_.files.begin(), found_.files.end());
    return std::move(found_);
  }

 private:
  void visit(std::string path, const DirectoryEntry& entry) {
    if (entry.type == FileType::Directory) {
      if (!is_never_entered(entry.name) && !is_excluded(path + '/')) folders_.push_back(std::move(path));
      return;
    }
    const bool readable = entry.type == FileType::Regular || entry.type == FileType::Symlink;
    if (!readable || !is_manifest_name(entry.name) || is_excluded(path)) return;
    if (entry.type == FileType::Regular || leads_to_own_file(path)) found_.files.push_back(std::move(path));
  }

  [[nodiscard]] bool is_excluded(const std::string& path) const {
    if (options_.excluded && options_.excluded(path)) return true;
    const std::string_view below = std::string_view(path).substr(joined(root_, "").size());
    return std::any_of(exclude_.begin(), exclude_.end(),
                       [&](const Glob& glob) { return glob.matches(below); });
  }

  // A symlink to a regular file inside the root.
  bool leads_to_own_file(const std::string& path) {
    if (files_.status(path).type != FileType::Regular) return false;
    if (real_root_.empty()) {
      const Result<std::string> resolved = files_.resolve(root_);
      real_root_ = resolved ? *resolved : root_;
    }
    const Result<std::string> target = files_.resolve(path);
    return target && is_inside(*target, real_root_);
  }

  const FileSystem& files_;
  const std::string& root_;
  const DiscoveryOptions& options_;
  std::vector<Glob> exclude_;
  std::string real_root_;  // resolved when a first symlink asks
  std::vector<std::string> folders_;
  Discovery found_;
};

}  // namespace

bool is_manifest_name(std::string_view path) {
  constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".json"};
  const std::string_view name = base_name(path);
  return name != kConfigFileName &&
         std::any_of(kEndings.begin(), kEndings.end(),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

Discovery discover(const FileSystem& files, const std::string& root, const DiscoveryOptions& options) {
  return Search(files, root, options).run();
}

}  // namespace workspace
