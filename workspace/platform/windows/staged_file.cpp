// As its twin: what is kept of the file is its list of who may do what with it, its attributes and its
// other streams. Its owner becomes who replaces it.
#include "workspace/platform/staged_file.h"

#include <aclapi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "workspace/base/uri.h"
#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

using windows::Handle;
using windows::system_error;

constexpr DWORD kOthersMay = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

bool same_file(const BY_HANDLE_FILE_INFORMATION& a, const BY_HANDLE_FILE_INFORMATION& b) {
  return a.dwVolumeSerialNumber == b.dwVolumeSerialNumber && a.nFileIndexHigh == b.nFileIndexHigh &&
         a.nFileIndexLow == b.nFileIndexLow && a.nFileSizeHigh == b.nFileSizeHigh &&
         a.nFileSizeLow == b.nFileSizeLow && ::CompareFileTime(&a.ftLastWriteTime, &b.ftLastWriteTime) == 0;
}

// 0, or what GetLastError() says.
DWORD look_at(const std::string& path, bool follows_links, BY_HANDLE_FILE_INFORMATION& info) {
  const Handle file = windows::open_to_look(path, follows_links);
  const bool known = file.is_open() && ::GetFileInformationByHandle(file.get(), &info) != 0;
  return known ? 0 : ::GetLastError();
}

// Six characters that mkstemp might have chosen.
std::string unique_name() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, kLetters.size() - 1);
  std::string name(kUnique);
  for (char& c : name) c = kLetters[letter(random)];
  return name;
}

using Descriptor = std::unique_ptr<void, decltype(&::LocalFree)>;  // of a file's security

// What FindFirstStreamW says where a file system, or Wine, knows of one stream only.
bool has_no_streams(DWORD code) {
  return code == ERROR_HANDLE_EOF || code == ERROR_INVALID_PARAMETER || code == ERROR_NOT_SUPPORTED ||
         code == ERROR_CALL_NOT_IMPLEMENTED || code == ERROR_INVALID_FUNCTION;
}

class DiskStagedFile : public StagedFile {
 public:
  using StagedFile::StagedFile;
  DiskStagedFile(const DiskStagedFile&) = delete;
  DiskStagedFile& operator=(const DiskStagedFile&) = delete;
  ~DiskStagedFile() override {
    file_.close();
    if (staged_.empty()) return;
    ::SetFileAttributesW(staged_.c_str(), FILE_ATTRIBUTE_NORMAL);
    ::DeleteFileW(staged_.c_str());
  }

  std::optional<Error> stage() override {
    if (auto error = look_at_target()) return error;
    if (const DWORD code = make_file(); code != 0) return system_error(path(), "write beside it", code);
    if (auto error = write_text()) return error;
    if (const DWORD code = keep_rights(); code != 0) return system_error(path(), "keep who may use it", code);
    if (const DWORD code = keep_streams(); code != 0) return system_error(path(), "keep its streams", code);
    if (::FlushFileBuffers(file_.get()) == 0 || !file_.close())
      return system_error(path(), "write", ::GetLastError());
    if (::SetFileAttributesW(staged_.c_str(), info_.dwFileAttributes & kKeptAttributes) == 0)
      return system_error(path(), "keep its attributes", ::GetLastError());
    return std::nullopt;
  }

  std::optional<Error> commit() override {
    BY_HANDLE_FILE_INFORMATION now{};
    if (look_at(target(), true, now) != 0 || !same_file(now, info_) || !holds_text())
      return changed_meanwhile();
    if (const DWORD code = rename_over(); code != 0) return system_error(path(), "replace", code);
    staged_.clear();
    return std::nullopt;
  }

 private:
  static constexpr DWORD kKeptAttributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM |
                                           FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

  // Where the text goes, and whether it may.
  std::optional<Error> look_at_target() {
    if (auto error = resolve_target()) return error;
    if (const DWORD code = look_at(target(), true, info_); code != 0)
      return system_error(path(), "read", code);
    if ((info_.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0) return Error{path() + ": is read-only"};
    const Handle writable(::CreateFileW(windows::system_path(target()).c_str(), GENERIC_WRITE, kOthersMay,
                                        nullptr, OPEN_EXISTING, 0, nullptr));
    if (!writable.is_open()) return system_error(path(), "write", ::GetLastError());
    if (info_.nNumberOfLinks > 1)
      return Error{path() + ": has other names (hard links), which would keep the old text"};
    if (!holds_text()) return changed_meanwhile();
    return std::nullopt;
  }

  DWORD make_file() {
    constexpr int kTries = 100;
    DWORD code = ERROR_FILE_EXISTS;
    for (int i = 0; i < kTries && code == ERROR_FILE_EXISTS; ++i) {
      const std::string name = fmt::format("{}/{}{}-{}", parent_path(target()), kStagedPrefix,
                                           ::GetCurrentProcessId(), unique_name());
      staged_ = windows::system_path(name);
      file_ = Handle(::CreateFileW(staged_.c_str(), GENERIC_READ | GENERIC_WRITE | WRITE_DAC, FILE_SHARE_READ,
                                   nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
      code = file_.is_open() ? 0 : ::GetLastError();
    }
    if (code != 0) staged_.clear();
    return code;
  }

  std::optional<Error> write_text() {
    std::string_view rest = *replacement().after;
    while (!rest.empty()) {
      constexpr std::size_t kMost = std::size_t{1} << 30;
      DWORD written = 0;
      const auto size = static_cast<DWORD>(std::min(rest.size(), kMost));
      if (::WriteFile(file_.get(), rest.data(), size, &written, nullptr) == 0)
        return system_error(path(), "write", ::GetLastError());
      rest.remove_prefix(written);
    }
    return std::nullopt;
  }

  // Who may do what with it. What it has from its folder, the new file has from there already.
  DWORD keep_rights() {
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR found = nullptr;
    std::wstring name = windows::system_path(target());
    const DWORD trouble = ::GetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
                                                  nullptr, nullptr, &list, nullptr, &found);
    const Descriptor descriptor(found, ::LocalFree);
    if (trouble == ERROR_NOT_SUPPORTED || trouble == ERROR_INVALID_FUNCTION) return 0;  // FAT
    if (trouble != 0) return trouble;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0;
    if (::GetSecurityDescriptorControl(found, &control, &revision) == 0) return ::GetLastError();
    const bool is_apart = (control & SE_DACL_PROTECTED) != 0;  // from what its folder says
    return ::SetSecurityInfo(file_.get(), SE_FILE_OBJECT,
                             DACL_SECURITY_INFORMATION | (is_apart ? PROTECTED_DACL_SECURITY_INFORMATION
                                                                   : UNPROTECTED_DACL_SECURITY_INFORMATION),
                             nullptr, nullptr, list, nullptr);
  }

  // Such as that which says where a file was loaded from.
  DWORD keep_streams() {
    WIN32_FIND_STREAM_DATA stream{};
    const std::wstring name = windows::system_path(target());
    HANDLE search = ::FindFirstStreamW(name.c_str(), FindStreamInfoStandard, &stream, 0);
    if (search == INVALID_HANDLE_VALUE) {
      const DWORD code = ::GetLastError();
      return has_no_streams(code) ? 0 : code;
    }
    DWORD code = 0;
    do {
      const std::wstring_view its_name = stream.cStreamName;
      if (its_name != L"::$DATA") code = copy_stream(name, its_name);
    } while (code == 0 && ::FindNextStreamW(search, &stream) != 0);
    if (code == 0 && ::GetLastError() != ERROR_HANDLE_EOF) code = ::GetLastError();
    ::FindClose(search);
    return code;
  }

  DWORD copy_stream(const std::wstring& from, std::wstring_view name) {
    const std::wstring source = from + std::wstring(name);
    const std::wstring copy = staged_ + std::wstring(name);
    const Handle in(
        ::CreateFileW(source.c_str(), GENERIC_READ, kOthersMay, nullptr, OPEN_EXISTING, 0, nullptr));
    if (!in.is_open()) return ::GetLastError();
    const Handle out(
        ::CreateFileW(copy.c_str(), GENERIC_WRITE, FILE_SHARE_READ, nullptr, CREATE_NEW, 0, nullptr));
    if (!out.is_open()) return ::GetLastError();
    std::vector<char> piece(std::size_t{64} << 10);
    for (;;) {
      DWORD got = 0;
      if (::ReadFile(in.get(), piece.data(), static_cast<DWORD>(piece.size()), &got, nullptr) == 0)
        return ::GetLastError();
      if (got == 0) return 0;
      DWORD written = 0;
      if (::WriteFile(out.get(), piece.data(), got, &written, nullptr) == 0) return ::GetLastError();
    }
  }

  // In one step, also while others have the old file open, where Windows (10, 1709) and the file system can;
  // else by the older call, which refuses then.
  [[nodiscard]] DWORD rename_over() const {
    const std::wstring name = windows::system_path(target());
    {
      const Handle file(::CreateFileW(staged_.c_str(), DELETE | SYNCHRONIZE, kOthersMay, nullptr,
                                      OPEN_EXISTING, 0, nullptr));
      if (!file.is_open()) return ::GetLastError();
      const std::size_t bytes = name.size() * sizeof(wchar_t);
      std::vector<std::byte> buffer(sizeof(FILE_RENAME_INFO) + bytes);
      auto* info = reinterpret_cast<FILE_RENAME_INFO*>(buffer.data());  // NOLINT: it has no fixed size
      info->Flags = kReplaceIfExists | kPosixSemantics;
      info->FileNameLength = static_cast<DWORD>(bytes);
      std::memcpy(info->FileName, name.data(), bytes);
      if (::SetFileInformationByHandle(file.get(), kFileRenameInfoEx, info,
                                       static_cast<DWORD>(buffer.size())) != 0)
        return 0;
    }
    const bool done =
        ::MoveFileExW(staged_.c_str(), name.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
    return done ? 0 : ::GetLastError();
  }

  // Not in MinGW's headers of this age.
  static constexpr auto kFileRenameInfoEx = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
  static constexpr DWORD kReplaceIfExists = 1;
  static constexpr DWORD kPosixSemantics = 2;

  std::wstring staged_;  // empty: nothing of ours is on the disk
  Handle file_;
  BY_HANDLE_FILE_INFORMATION info_{};
};

}  // namespace

std::unique_ptr<StagedFile> make_staged_file(const Replacement& replacement) {
  return std::make_unique<DiskStagedFile>(replacement);
}

void sync_folder(const std::string&) {}  // there is no such call

bool is_own_file(const std::string& path) {
  BY_HANDLE_FILE_INFORMATION info{};
  constexpr DWORD kNone = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
  if (look_at(path, false, info) != 0 || (info.dwFileAttributes & kNone) != 0) return false;
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR found = nullptr;
  std::wstring name = windows::system_path(path);
  if (::GetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr,
                              nullptr, nullptr, &found) != 0)
    return false;
  const Descriptor descriptor(found, ::LocalFree);
  HANDLE opened = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened) == 0) return false;
  const Handle token(opened);
  // Who owns what this user makes: the user, or for an administrator their group.
  alignas(TOKEN_OWNER) std::array<std::byte, sizeof(TOKEN_OWNER) + SECURITY_MAX_SID_SIZE> bytes{};
  DWORD size = 0;
  if (::GetTokenInformation(token.get(), TokenOwner, bytes.data(), bytes.size(), &size) == 0) return false;
  const auto* own = reinterpret_cast<const TOKEN_OWNER*>(bytes.data());  // NOLINT: as the call fills it
  return ::EqualSid(owner, own->Owner) != 0;
}

bool remove_staged(const std::string& path) {
  const std::wstring name = windows::system_path(path);
  ::SetFileAttributesW(name.c_str(), FILE_ATTRIBUTE_NORMAL);
  return ::DeleteFileW(name.c_str()) != 0;
}

}  // namespace workspace
