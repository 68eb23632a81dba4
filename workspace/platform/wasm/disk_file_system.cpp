#include <fmt/format.h>

#include <algorithm>

#include "workspace/platform/file_system.h"
#include "workspace/platform/wasm/host_calls.h"

namespace workspace {
namespace {

Error host_error(const std::string& path, std::string_view action, int failure) {
  return Error{fmt::format("{}: cannot {}: {}", path, action, host::message_of(failure))};
}

// Closes on every way out.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : number_(host_open_file(path.data(), path.size(), static_cast<int>(host::Open::Read))) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (number_ >= 0) host_close_file(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string_view refusal(const host::Status& status) {
  return static_cast<FileType>(status.type) == FileType::Directory ? "is a folder" : "is not a regular file";
}

Error too_large(const std::string& path, std::uint64_t max_bytes) {
  return Error{fmt::format("{}: is larger than {} bytes", path, max_bytes)};
}

// From `used` bytes in the buffer on, to the end of the file or one byte more than max_bytes. The buffer only
// grows; returns how much of it was filled.
Result<std::size_t> read_rest(std::string& buffer, const std::string& path, int file, std::uint64_t max_bytes,
                              std::size_t used) {
  host::Status status;
  if (const int failure = host_file_status(file, &status); failure < 0)
    return host_error(path, "read", failure);
  if (static_cast<FileType>(status.type) != FileType::Regular)
    return Error{fmt::format("{}: {}", path, refusal(status))};
  if (status.size > max_bytes) return too_large(path, max_bytes);
  buffer.resize(std::max<std::size_t>(buffer.size(), static_cast<std::size_t>(status.size) + 1));
  while (used <= max_bytes) {
    if (used == buffer.size()) {
      const std::uint64_t more = std::min<std::uint64_t>(max_bytes + 1, buffer.size() * 2 + 4096);
      buffer.resize(static_cast<std::size_t>(more));
    }
    const int got = host_read_file(file, buffer.data() + used, buffer.size() - used);
    if (got < 0) return host_error(path, "read", got);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used == status.size) break;
  }
  if (used > max_bytes) return too_large(path, max_bytes);
  return used;
}

// A host opens nothing but files and folders: what is a FIFO or a device is told by its status.
Result<std::size_t> read_whole(std::string& buffer, const std::string& path, std::uint64_t max_bytes) {
  host::Status status;
  if (host_path_status(path.data(), path.size(), 1, &status) >= 0 &&
      static_cast<FileType>(status.type) == FileType::Other)
    return Error{fmt::format("{}: is a pipe or a device, not a file", path)};
  const OpenFile file(path);
  if (file.number() < 0) return host_error(path, "open", file.number());
  return read_rest(buffer, path, file.number(), max_bytes, 0);
}

// As in the twin: most files are small, and need not be asked for their size.
Result<std::size_t> read_small(std::string& buffer, const std::string& path, std::uint64_t max_bytes) {
  constexpr std::size_t kSmall = std::size_t{1} << 15;
  const OpenFile file(path);
  if (file.number() < 0) return host_error(path, "open", file.number());
  if (buffer.size() < kSmall) buffer.resize(kSmall);
  const auto asked = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), max_bytes));
  const int got = host_read_file(file.number(), buffer.data(), asked);
  const std::size_t used = got > 0 ? static_cast<std::size_t>(got) : 0;
  if (used > 0 && used < asked) return used;
  return read_rest(buffer, path, file.number(), max_bytes, used);
}

}  // namespace

Result<std::string> DiskFileSystem::read(const std::string& path, std::uint64_t max_bytes) const {
  std::string text;
  const Result<std::size_t> size = read_whole(text, path, max_bytes);
  if (!size) return size.error();
  text.resize(*size);
  return text;
}

Result<std::string_view> DiskFileSystem::read_into(std::string& buffer, const std::string& path,
                                                   std::uint64_t max_bytes) const {
  const Result<std::size_t> size = read_small(buffer, path, max_bytes);
  if (!size) return size.error();
  return std::string_view(buffer).substr(0, *size);
}

FileStatus DiskFileSystem::status(const std::string& path) const {
  host::Status status;
  if (host_path_status(path.data(), path.size(), 1, &status) < 0) return {};
  return {.type = static_cast<FileType>(status.type),
          .size = status.size,
          .modified_ns = status.modified_ns,
          .changed_ns = status.changed_ns,
          .file_number = status.file_number};
}

Result<std::vector<DirectoryEntry>> DiskFileSystem::list(const std::string& path) const {
  if (const int failure = host_list_folder(path.data(), path.size()); failure < 0)
    return host_error(path, "list", failure);
  std::vector<DirectoryEntry> entries;
  for (std::string_view rest = host::reply(); !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(entry.size() + 1);
    entries.push_back({std::string(entry.substr(1)), static_cast<FileType>(entry.front() - '0')});
  }
  return entries;
}

Result<std::string> DiskFileSystem::resolve(const std::string& path) const {
  if (const int failure = host_resolve(path.data(), path.size()); failure < 0)
    return host_error(path, "resolve", failure);
  return std::string(host::reply());
}

}  // namespace workspace
