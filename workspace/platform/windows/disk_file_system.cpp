#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "workspace/platform/file_system.h"
#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

using windows::Handle;
using windows::system_error;

std::uint64_t joined(DWORD high, DWORD low) { return std::uint64_t{high} << 32U | low; }

// Of 100 ns since 1601, as nanoseconds since the epoch.
std::int64_t nanoseconds(std::int64_t time) {
  constexpr std::int64_t kEpoch = 116'444'736'000'000'000;
  return (time - kEpoch) * 100;
}

FileType type_of(DWORD attributes) {
  return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? FileType::Directory : FileType::Regular;
}

// Symlinks and junctions lead elsewhere; other reparse points, as files in a cloud are, are what they seem.
FileType type_of_entry(const WIN32_FIND_DATAW& entry) {
  const bool is_link =
      (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
      (entry.dwReserved0 == IO_REPARSE_TAG_SYMLINK || entry.dwReserved0 == IO_REPARSE_TAG_MOUNT_POINT);
  return is_link ? FileType::Symlink : type_of(entry.dwFileAttributes);
}

Error too_large(const std::string& path, std::uint64_t max_bytes) {
  return Error{fmt::format("{}: is larger than {} bytes", path, max_bytes)};
}

// From `used` bytes in the buffer on, to the end of the file or one byte more than max_bytes. The buffer only
// grows; returns how much of it was filled.
Result<std::size_t> read_rest(std::string& buffer, const std::string& path, const Handle& file,
                              std::uint64_t max_bytes, std::size_t used) {
  BY_HANDLE_FILE_INFORMATION info{};
  if (::GetFileType(file.get()) != FILE_TYPE_DISK)
    return Error{fmt::format("{}: is a pipe or a device, not a file", path)};
  if (::GetFileInformationByHandle(file.get(), &info) == 0)
    return system_error(path, "read", ::GetLastError());
  if (type_of(info.dwFileAttributes) == FileType::Directory)
    return Error{fmt::format("{}: is a folder", path)};
  const std::uint64_t size = joined(info.nFileSizeHigh, info.nFileSizeLow);
  if (size > max_bytes) return too_large(path, max_bytes);
  buffer.resize(std::max<std::size_t>(buffer.size(), static_cast<std::size_t>(size) + 1));
  while (used <= max_bytes) {
    if (used == buffer.size()) {
      const std::uint64_t more = std::min<std::uint64_t>(max_bytes + 1, buffer.size() * 2 + 4096);
      buffer.resize(static_cast<std::size_t>(more));
    }
    constexpr std::size_t kMost = std::size_t{1} << 30;
    const auto asked = static_cast<DWORD>(std::min(buffer.size() - used, kMost));
    DWORD got = 0;
    if (::ReadFile(file.get(), buffer.data() + used, asked, &got, nullptr) == 0)
      return system_error(path, "read", ::GetLastError());
    if (got == 0) break;
    used += got;
    if (used == size) break;
  }
  if (used > max_bytes) return too_large(path, max_bytes);
  return used;
}

Result<std::size_t> read_whole(std::string& buffer, const std::string& path, std::uint64_t max_bytes) {
  const Handle file = windows::open_to_read(path);
  if (!file.is_open()) return system_error(path, "open", ::GetLastError());
  return read_rest(buffer, path, file, max_bytes, 0);
}

// As in the twin: most files are small, and need not be asked for their size.
Result<std::size_t> read_small(std::string& buffer, const std::string& path, std::uint64_t max_bytes) {
  constexpr std::size_t kSmall = std::size_t{1} << 15;
  const Handle file = windows::open_to_read(path);
  if (!file.is_open()) return system_error(path, "open", ::GetLastError());
  if (buffer.size() < kSmall) buffer.resize(kSmall);
  const auto asked = static_cast<DWORD>(std::min<std::uint64_t>({buffer.size(), max_bytes, kSmall}));
  DWORD used = 0;
  if (::ReadFile(file.get(), buffer.data(), asked, &used, nullptr) == 0) used = 0;
  if (used > 0 && used < asked) return std::size_t{used};
  return read_rest(buffer, path, file, max_bytes, used);
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
  const Handle file = windows::open_to_look(path, true);
  if (!file.is_open()) return {};
  BY_HANDLE_FILE_INFORMATION info{};
  FILE_BASIC_INFO times{};
  if (::GetFileInformationByHandle(file.get(), &info) == 0 ||
      ::GetFileInformationByHandleEx(file.get(), FileBasicInfo, &times, sizeof times) == 0)
    return {.type = FileType::Other};
  return {.type = type_of(info.dwFileAttributes),
          .size = joined(info.nFileSizeHigh, info.nFileSizeLow),
          .modified_ns = nanoseconds(times.LastWriteTime.QuadPart),
          .changed_ns = nanoseconds(times.ChangeTime.QuadPart),
          .file_number = joined(info.nFileIndexHigh, info.nFileIndexLow)};
}

Result<std::vector<DirectoryEntry>> DiskFileSystem::list(const std::string& path) const {
  std::wstring pattern = windows::system_path(path);
  if (pattern.empty()) return system_error(path, "list", ERROR_PATH_NOT_FOUND);
  pattern += pattern.ends_with(L'\\') ? L"*" : L"\\*";
  WIN32_FIND_DATAW entry{};
  HANDLE search = ::FindFirstFileExW(pattern.c_str(), FindExInfoBasic, &entry, FindExSearchNameMatch, nullptr,
                                     FIND_FIRST_EX_LARGE_FETCH);
  std::vector<DirectoryEntry> entries;
  if (search == INVALID_HANDLE_VALUE) {
    const DWORD code = ::GetLastError();
    if (code == ERROR_FILE_NOT_FOUND) return entries;  // the folder is there: the top of an empty drive
    return system_error(path, "list", code);
  }
  do {
    const std::wstring_view name = entry.cFileName;
    if (name != L"." && name != L"..") entries.push_back({windows::narrow(name), type_of_entry(entry)});
  } while (::FindNextFileW(search, &entry) != 0);
  const DWORD code = ::GetLastError();
  ::FindClose(search);
  if (code != ERROR_NO_MORE_FILES) return system_error(path, "list", code);
  return entries;
}

Result<std::string> DiskFileSystem::resolve(const std::string& path) const {
  const Handle file = windows::open_to_look(path, true);
  if (!file.is_open()) return system_error(path, "resolve", ::GetLastError());
  std::wstring resolved(MAX_PATH, L'\0');
  DWORD size = 0;
  while ((size = ::GetFinalPathNameByHandleW(file.get(), resolved.data(), static_cast<DWORD>(resolved.size()),
                                             VOLUME_NAME_DOS)) >= resolved.size())
    resolved.resize(std::size_t{size} + 1);
  if (size == 0) return system_error(path, "resolve", ::GetLastError());
  resolved.resize(size);
  return windows::path_from_system(resolved);
}

}  // namespace workspace
