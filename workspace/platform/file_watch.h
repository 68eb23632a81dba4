// Notices changes below folders through the operating system, for clients that do not watch files themselves.
//
// Made for inotify; FSEvents and ReadDirectoryChangesW, which report whole trees, fit the same interface.
// Nothing is missed: what the system drops, or cannot promise to report, comes as `all`, or as a failure
// after which somebody has to look for changes. Symlinked folders are not followed; a change of a file is
// also one of the symlinks to it that were there when their folder was first seen.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace workspace {

struct FileChanges {
  std::vector<std::string> files;    // written, made, moved or deleted; sorted, unique
  std::vector<std::string> folders;  // whose files may be others now; sorted, unique
  bool all = false;                  // anything may have changed: also once after each `watch`
  std::string failure;               // why nothing more will come; empty: more will
};

struct WatchRequest {
  std::vector<std::string> folders;  // absolute
  std::vector<std::string> files;    // to be watched outside of them
  // By base name: the files of interest, and the folders entered. Called on the watching thread.
  std::function<bool(std::string_view name)> wants_file;
  std::function<bool(std::string_view name)> enters_folder;
};

class FileWatch {
 public:
  // On the watching thread; changes that follow each other within a moment come together.
  using OnChanges = std::function<void(FileChanges)>;

  FileWatch() = default;
  virtual ~FileWatch() = default;  // `on_changes` is not called any more when it returns
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Replaces what is watched. Returns at once.
  virtual void watch(WatchRequest request, OnChanges on_changes) = 0;
};

// Null: this system has nothing that is known here.
std::unique_ptr<FileWatch> make_file_watch();

}  // namespace workspace
