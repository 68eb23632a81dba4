#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "workspace/platform/file_system.h"
#include "workspace/platform/file_times.h"
#include "workspace/platform/system_error.h"

namespace workspace {
namespace {

// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

FileType type_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return FileType::Regular;
  if (S_ISDIR(mode)) return FileType::Directory;
  if (S_ISLNK(mode)) return FileType::Symlink;
  return FileType::Other;
}

std::string_view refusal(mode_t mode) {
  if (S_ISDIR(mode)) return "is a folder";
  if (S_ISFIFO(mode)) return "is a pipe, not a file";
  return "is not a regular file";
}

Error too_large(const std::string& path, std::uint64_t max_bytes) {
  return Error{fmt::format("{}: is larger than {} bytes", path, max_bytes)};
}

// From `used` bytes in the buffer on, reads what the file is said to hold; where that is nothing, as in
// /proc, to its end, or up to one byte more than max_bytes. The buffer only grows; returns how much of it was
// filled.
Result<std::size_t> read_all(std::string& buffer, const std::string& path, int fd, std::uint64_t expected,
                             std::uint64_t max_bytes, std::size_t used = 0) {
  const auto wanted = static_cast<std::size_t>(std::min(expected, max_bytes)) + 1;
  if (buffer.size() < wanted) buffer.resize(wanted);
  while (used <= max_bytes) {
    if (used == buffer.size()) {
      const std::uint64_t more = std::min<std::uint64_t>(max_bytes + 1, buffer.size() * 2 + 4096);
      buffer.resize(static_cast<std::size_t>(more));
    }
    const ssize_t got = ::read(fd, buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "read", errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used == expected) break;
  }
  if (used > max_bytes) return too_large(path, max_bytes);
  return used;
}

// O_NONBLOCK: opening a FIFO must not wait for a writer; it means nothing for regular files.
constexpr int kHowToOpen = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

Result<std::size_t> read_regular(std::string& buffer, const std::string& path, int fd,
                                 std::uint64_t max_bytes, std::size_t used = 0) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(path, "read", errno);
  if (!S_ISREG(info.st_mode)) return Error{fmt::format("{}: {}", path, refusal(info.st_mode))};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes) return too_large(path, max_bytes);
  return read_all(buffer, path, fd, size, max_bytes, used);
}

Result<std::size_t> read_file(std::string& buffer, const std::string& path, const char* way,
                              std::uint64_t max_bytes) {
  const Descriptor file(::open(way, kHowToOpen));
  if (file.get() < 0) return system_error(path, "open", errno);
  return read_regular(buffer, path, file.get(), max_bytes);
}

// Most files are small, and a regular file gives less than was asked for only at its end (POSIX, read): they
// need not be asked for their size.
Result<std::size_t> read_small_file(std::string& buffer, const std::string& path, const char* way,
                                    std::uint64_t max_bytes) {
  constexpr std::size_t kSmall = std::size_t{1} << 15;
  const Descriptor file(::open(way, kHowToOpen));
  if (file.get() < 0) return system_error(path, "open", errno);
  if (buffer.size() < kSmall) buffer.resize(kSmall);
  const auto asked = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), max_bytes));
  const ssize_t got = ::read(file.get(), buffer.data(), asked);
  const std::size_t used = got > 0 ? static_cast<std::size_t>(got) : 0;
  if (used > 0 && used < asked) return used;
  return read_regular(buffer, path, file.get(), max_bytes, used);
}

// For file systems that leave d_type open.
FileType type_of_entry(int folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return FileType::Regular;
    case DT_DIR:
      return FileType::Directory;
    case DT_LNK:
      return FileType::Symlink;
    case DT_UNKNOWN: {
      struct stat info {};
      if (::fstatat(folder, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return FileType::Missing;
      return type_of_mode(info.st_mode);
    }
    default:
      return FileType::Other;
  }
}

}  // namespace

const char* DiskFileSystem::relative_path(const std::string& path) const {
  const std::size_t size = working_folder_.size();
  const bool below =
      size > 0 && path.size() > size + 1 && path[size] == '/' && path.starts_with(working_folder_);
  return path.c_str() + (below ? size + 1 : 0);
}

Result<std::string> DiskFileSystem::read(const std::string& path, std::uint64_t max_bytes) const {
  std::string text;
  const Result<std::size_t> size = read_file(text, path, relative_path(path), max_bytes);
  if (!size) return size.error();
  text.resize(*size);
  return text;
}

Result<std::string_view> DiskFileSystem::read_into(std::string& buffer, const std::string& path,
                                                   std::uint64_t max_bytes) const {
  const Result<std::size_t> size = read_small_file(buffer, path, relative_path(path), max_bytes);
  if (!size) return size.error();
  return std::string_view(buffer).substr(0, *size);
}

FileStatus DiskFileSystem::status(const std::string& path) const {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {.type = type_of_mode(info.st_mode),
          .size = static_cast<std::uint64_t>(info.st_size),
          .modified_ns = modified_ns(info),
          .changed_ns = changed_ns(info),
          .file_number = static_cast<std::uint64_t>(info.st_ino)};
}

Result<std::vector<DirectoryEntry>> DiskFileSystem::list(const std::string& path) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(relative_path(path)), ::closedir);
  if (!folder) return system_error(path, "list", errno);
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back({std::string(name), type_of_entry(::dirfd(folder.get()), *entry)});
  }
  if (errno != 0) return system_error(path, "list", errno);
  return entries;
}

Result<std::string> DiskFileSystem::resolve(const std::string& path) const {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return system_error(path, "resolve", errno);
  return std::string(resolved.get());
}

}  // namespace workspace
