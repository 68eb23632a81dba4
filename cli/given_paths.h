// Files and folders that a command is about. Asks the disk where symlinks lead; one thread.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "workspace/platform/file_system.h"

namespace cli {

class GivenPaths {
 public:
  // `paths` are absolute; `files` must outlive this.
  GivenPaths(const workspace::FileSystem& files, const std::vector<std::string>& paths);

  // Reports whether a file, wherever symlinks lead, is one of the paths or below one.
  [[nodiscard]] bool hold(const std::string& path);

 private:
  const workspace::FileSystem& files_;
  std::vector<std::string> roots_;
  std::unordered_map<std::string, bool> known_;
};

}  // namespace cli
