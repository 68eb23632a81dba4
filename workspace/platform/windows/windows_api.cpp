#include "workspace/platform/windows/windows_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace workspace::windows {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kFirstBeyond = 0x10000;

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The code point at `at`, which goes behind it; of what is not UTF-8 one byte.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || at + more > text.size()) return kReplacement;
  std::uint32_t point = first & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0U) != 0x80) return kReplacement;
    point = point << 6U | (byte & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 4> kLeast = {0, 0x80, 0x800, kFirstBeyond};
  if (point < kLeast[more] || point > 0x10FFFF) return kReplacement;
  at += more;
  return point;
}

void append(std::string& utf8, std::uint32_t point) {
  const auto tail = [&](unsigned shift) { utf8 += static_cast<char>(0x80U | (point >> shift & 0x3FU)); };
  if (point < 0x80) {
    utf8 += static_cast<char>(point);
  } else if (point < 0x800) {
    utf8 += static_cast<char>(0xC0U | point >> 6U);
    tail(0);
  } else if (point < kFirstBeyond) {
    utf8 += static_cast<char>(0xE0U | point >> 12U);
    tail(6);
    tail(0);
  } else {
    utf8 += static_cast<char>(0xF0U | point >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

char other_case(char c, char first, char into) {
  return c >= first && c <= first + 25 ? static_cast<char>(c - first + into) : c;
}

// "C:", "C:/…".
bool has_drive(std::string_view path) {
  return path.size() >= 2 && is_letter(path[0]) && path[1] == ':' && (path.size() == 2 || path[2] == '/');
}

// With '\', and behind what kind of path it is; empty: none that the system has.
std::wstring outside(std::string_view path, std::wstring_view before_drive, std::wstring_view before_share) {
  std::wstring result;
  if (path.starts_with('/') && has_drive(path.substr(1))) {
    result = before_drive;
    result += wide(path.substr(1));
    wchar_t& drive = result[before_drive.size()];
    drive = static_cast<wchar_t>(other_case(static_cast<char>(drive), 'a', 'A'));
    if (path.size() == 3) result += L'\\';  // without it, the drive's current folder
  } else if (path.starts_with("//")) {
    result = before_share;
    result += wide(path.substr(2));
  }
  std::replace(result.begin() + static_cast<std::ptrdiff_t>(std::min(result.size(), before_drive.size())),
               result.end(), L'/', L'\\');
  return result;
}

// The numbers that POSIX has for it; 0: it has none.
int posix_number(DWORD code) {
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
      return ENOENT;
    case ERROR_ACCESS_DENIED:
      return EACCES;
    case ERROR_DIRECTORY:
      return ENOTDIR;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return ENOSPC;
    case ERROR_TOO_MANY_OPEN_FILES:
      return EMFILE;
    default:
      return 0;
  }
}

}  // namespace

std::wstring wide(std::string_view utf8) {
  std::wstring result;
  result.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const std::uint32_t point = next_code_point(utf8, at);
    if (point < kFirstBeyond) {
      result += static_cast<wchar_t>(point);
    } else {
      result += static_cast<wchar_t>(0xD800 + ((point - kFirstBeyond) >> 10U));
      result += static_cast<wchar_t>(0xDC00 + ((point - kFirstBeyond) & 0x3FFU));
    }
  }
  return result;
}

std::string narrow(std::wstring_view utf16) {
  std::string result;
  result.reserve(utf16.size());
  for (std::size_t at = 0; at < utf16.size(); ++at) {
    std::uint32_t point = utf16[at];
    if (is_high(point) && at + 1 < utf16.size() && is_low(utf16[at + 1])) {
      const std::uint32_t low = utf16[++at];
      point = kFirstBeyond + ((point & 0x3FFU) << 10U) + (low & 0x3FFU);
    }
    append(result, point);
  }
  return result;
}

std::wstring system_path(std::string_view path) { return outside(path, LR"(\\?\)", LR"(\\?\UNC\)"); }

std::wstring shown_path(std::string_view path) {
  std::wstring result = outside(path, L"", LR"(\\)");
  return result.empty() ? wide(path) : result;
}

std::string path_from_system(std::wstring_view path) {
  constexpr std::wstring_view kLong = LR"(\\?\)";
  constexpr std::wstring_view kLongShare = LR"(\\?\UNC\)";
  std::string result;
  if (path.starts_with(kLongShare)) {
    result = "//" + narrow(path.substr(kLongShare.size()));
  } else {
    if (path.starts_with(kLong)) path.remove_prefix(kLong.size());
    result = narrow(path);
  }
  std::replace(result.begin(), result.end(), '\\', '/');
  if (!has_drive(result)) return result;
  result[0] = other_case(result[0], 'A', 'a');
  result.insert(0, 1, '/');
  if (result.size() == 4) result.pop_back();  // "/c:/"
  return result;
}

std::wstring variable(const wchar_t* name) {
  std::wstring value(::GetEnvironmentVariableW(name, nullptr, 0), L'\0');
  if (value.empty()) return value;
  value.resize(::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size())));
  return value;
}

std::string message_of(DWORD code) {
  if (const int number = posix_number(code); number != 0) return std::generic_category().message(number);
  if (code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION)
    return "Another program is using the file";
  std::array<wchar_t, 512> text{};
  const DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                                      code, 0, text.data(), static_cast<DWORD>(text.size()), nullptr);
  std::wstring_view line(text.data(), size);
  while (!line.empty() && (line.back() <= L' ' || line.back() == L'.')) line.remove_suffix(1);
  return line.empty() ? fmt::format("error {}", code) : narrow(line);
}

Error system_error(std::string_view path, std::string_view action, DWORD code) {
  return Error{fmt::format("{}: cannot {}: {}", path, action, message_of(code))};
}

namespace {

Handle open(std::string_view path, DWORD access, DWORD flags) {
  const std::wstring name = system_path(path);
  if (name.empty()) {
    ::SetLastError(ERROR_PATH_NOT_FOUND);
    return Handle();
  }
  constexpr DWORD kOthersMay = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return Handle(::CreateFileW(name.c_str(), access, kOthersMay, nullptr, OPEN_EXISTING, flags, nullptr));
}

}  // namespace

// FILE_FLAG_BACKUP_SEMANTICS: folders, too.
Handle open_to_read(std::string_view path) {
  return open(path, GENERIC_READ, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_SEQUENTIAL_SCAN);
}

Handle open_to_look(std::string_view path, bool follows_links) {
  return open(path, FILE_READ_ATTRIBUTES,
              FILE_FLAG_BACKUP_SEMANTICS | (follows_links ? 0 : FILE_FLAG_OPEN_REPARSE_POINT));
}

}  // namespace workspace::windows
