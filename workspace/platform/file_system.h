// The disk behind an interface, so that tests run on an in-memory twin (tests/support/memory_file_system.h).
// Paths are absolute, normalised, '/'-separated UTF-8. Implementations are thread-safe. Errors name the path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/base/result.h"

namespace workspace {

enum class FileType : std::uint8_t { Missing, Regular, Directory, Symlink, Other };

struct FileStatus {
  FileType type = FileType::Missing;  // Symlink is only told by list(), never followed there
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // since the epoch
  // What a program that puts size and time back as they were does not put back: when the file was last
  // changed in any way, and which file it is. 0 where there is no such thing.
  std::int64_t changed_ns = 0;
  std::uint64_t file_number = 0;
  friend bool operator==(const FileStatus&, const FileStatus&) = default;
};

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::Missing;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Regular files only (symlinks to them are followed); refuses anything larger than max_bytes. Never blocks
  // on a FIFO or a device. A file that shrinks or grows meanwhile gives what was there when it was read.
  virtual Result<std::string> read(const std::string& path, std::uint64_t max_bytes) const = 0;
  // The same of what was seen to be a regular file, into a buffer that serves for many; what is returned
  // views it. What has become something else meanwhile may be read as if it were a file.
  virtual Result<std::string_view> read_into(std::string& buffer, const std::string& path,
                                             std::uint64_t max_bytes) const;
  virtual FileStatus status(const std::string& path) const = 0;  // follows symlinks
  // Unsorted, without "." and "..".
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) const = 0;
  // The path without symlinks, of something that exists.
  virtual Result<std::string> resolve(const std::string& path) const = 0;
};

class DiskFileSystem : public FileSystem {
 public:
  DiskFileSystem() = default;
  // `working_folder` is the process's, for as long as this lives: what is below it is opened by the shorter
  // way from there, which spares the kernel to walk down to it for each file.
  explicit DiskFileSystem(std::string working_folder) : working_folder_(std::move(working_folder)) {}

  Result<std::string> read(const std::string& path, std::uint64_t max_bytes) const override;
  Result<std::string_view> read_into(std::string& buffer, const std::string& path,
                                     std::uint64_t max_bytes) const override;
  FileStatus status(const std::string& path) const override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  [[nodiscard]] const char* relative_path(const std::string& path) const;

  std::string working_folder_;  // empty: not known
};

}  // namespace workspace
