// A FileSystem without a disk: the twin that tests run on. Files and symlinks are added by path, folders come
// into being with them. Not synchronised: fill it before other threads read it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/platform/file_system.h"

namespace tests {

class MemoryFileSystem : public workspace::FileSystem {
 public:
  void add(const std::string& path, std::string text) {
    nodes_[path] = {Kind::File, std::move(text), ++clock_};
  }
  void add_folder(const std::string& path) { nodes_[path] = {Kind::Folder, "", ++clock_}; }
  // `target` is absolute and holds no symlinks but itself.
  void add_symlink(const std::string& path, std::string target) {
    nodes_[path] = {Kind::Symlink, std::move(target), ++clock_};
  }
  void add_other(const std::string& path) { nodes_[path] = {Kind::Other, "", ++clock_}; }
  void remove(const std::string& path) { nodes_.erase(path); }
  void fail_to_read(const std::string& path) { unreadable_.insert(path); }  // a file or a folder

  workspace::Result<std::string> read(const std::string& path, std::uint64_t max_bytes) const override {
    const Node* node = followed(path);
    if (node == nullptr) return workspace::Error{path + ": cannot open: No such file or directory"};
    if (unreadable_.contains(path)) return workspace::Error{path + ": cannot open: Permission denied"};
    if (node->kind != Kind::File) return workspace::Error{path + ": is not a regular file"};
    if (node->text.size() > max_bytes) return workspace::Error{path + ": is too large"};
    return node->text;
  }

  workspace::FileStatus status(const std::string& path) const override {
    const Node* node = followed(path);
    if (node == nullptr) {
      if (!is_folder(path)) return {};
      return {.type = workspace::FileType::Directory, .size = 0, .modified_ns = 0};
    }
    return {.type = type_of(node->kind), .size = node->text.size(), .modified_ns = node->modified};
  }

  workspace::Result<std::vector<workspace::DirectoryEntry>> list(const std::string& path) const override {
    if (!is_folder(path)) return workspace::Error{path + ": cannot list: Not a directory"};
    if (unreadable_.contains(path)) return workspace::Error{path + ": cannot list: Permission denied"};
    const std::string prefix = path.ends_with('/') ? path : path + '/';
    std::map<std::string, workspace::FileType> entries;
    for (auto it = nodes_.lower_bound(prefix); it != nodes_.end() && it->first.starts_with(prefix); ++it) {
      const std::string below = it->first.substr(prefix.size());
      const std::size_t slash = below.find('/');
      const auto type =
          slash == std::string::npos ? type_of(it->second.kind) : workspace::FileType::Directory;
      entries.emplace(below.substr(0, slash), type);
    }
    std::vector<workspace::DirectoryEntry> list;
    for (const auto& [name, type] : entries) list.push_back({name, type});
    std::reverse(list.begin(), list.end());  // so that nobody relies on the order
    return list;
  }

  workspace::Result<std::string> resolve(const std::string& path) const override {
    const auto found = nodes_.find(path);
    if (found != nodes_.end() && found->second.kind == Kind::Symlink) return found->second.text;
    if (found == nodes_.end() && !is_folder(path)) return workspace::Error{path + ": cannot resolve"};
    return path;
  }

 private:
  enum class Kind : std::uint8_t { File, Folder, Symlink, Other };
  struct Node {
    Kind kind = Kind::File;
    std::string text;  // Symlink: the target
    std::int64_t modified = 0;
  };

  static workspace::FileType type_of(Kind kind) {
    switch (kind) {
      case Kind::File:
        return workspace::FileType::Regular;
      case Kind::Folder:
        return workspace::FileType::Directory;
      case Kind::Symlink:
        return workspace::FileType::Symlink;
      case Kind::Other:
        break;
    }
    return workspace::FileType::Other;
  }

  // Null: nothing there, or a folder that only its files imply.
  [[nodiscard]] const Node* followed(const std::string& path) const {
    auto found = nodes_.find(path);
    if (found != nodes_.end() && found->second.kind == Kind::Symlink) found = nodes_.find(found->second.text);
    return found == nodes_.end() || found->second.kind == Kind::Symlink ? nullptr : &found->second;
  }

  [[nodiscard]] bool is_folder(const std::string& path) const {
    const auto found = nodes_.find(path);
    if (found != nodes_.end() && found->second.kind == Kind::Folder) return true;
    const std::string prefix = path.ends_with('/') ? path : path + '/';
    const auto below = nodes_.lower_bound(prefix);
    return below != nodes_.end() && below->first.starts_with(prefix);
  }

  std::map<std::string, Node> nodes_;
  std::set<std::string> unreadable_;
  std::int64_t clock_ = 0;
};

}  // namespace tests
