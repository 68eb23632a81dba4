// What the twins for Windows share: texts, paths, errors and handles between this program and the system.
//
// Inside the program a path is "/c:/mesh/a.yaml", with a small drive letter, or "//server/share/a.yaml", as
// URIs have it, in UTF-8. The system is given `\\?\C:\mesh\a.yaml` in UTF-16: so a path may be longer than
// 260 characters, and a name is taken as it is. Names that are not UTF-16 (lone surrogates) are kept.
#pragma once

#include <windows.h>

#include <string>
#include <string_view>
#include <utility>

#include "workspace/base/result.h"

namespace workspace::windows {

std::wstring wide(std::string_view utf8);
std::string narrow(std::wstring_view utf16);

// Empty: a path outside of drives and shares, as "/" is, which nothing has.
std::wstring system_path(std::string_view path);
// The same for programs and people, who know no `\\?\`: "C:\mesh\a.yaml". Others stay as they are.
std::wstring shown_path(std::string_view path);
// And the other way round, from either form; '\' and '/' are the same. A relative one stays relative.
std::string path_from_system(std::wstring_view path);

// Of the environment; empty: it is not set.
std::wstring variable(const wchar_t* name);

// What GetLastError() says, as POSIX systems say it where they know it.
std::string message_of(DWORD code);
// "PATH: cannot ACTION: why".
Error system_error(std::string_view path, std::string_view action, DWORD code);

// Closes on every way out.
class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(); }

  // False: it could not be closed.
  bool close() {
    HANDLE handle = std::exchange(handle_, nullptr);
    return handle == nullptr || ::CloseHandle(handle) != 0;
  }
  [[nodiscard]] HANDLE get() const { return handle_; }
  [[nodiscard]] bool is_open() const { return handle_ != nullptr; }

 private:
  HANDLE handle_ = nullptr;
};

// Others may read, write, rename and delete the file meanwhile. Not open: GetLastError() says why.
Handle open_to_read(std::string_view path);
Handle open_to_look(std::string_view path, bool follows_links);

}  // namespace workspace::windows
