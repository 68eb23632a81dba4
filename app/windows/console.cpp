#include "app/console.h"

#include <windows.h>
// Behind it.
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>

#include "workspace/base/uri.h"
#include "workspace/platform/windows/windows_api.h"

namespace app {
namespace {

namespace windows = workspace::windows;

HANDLE handle_of(Stream stream) {
  return ::GetStdHandle(stream == Stream::Input    ? STD_INPUT_HANDLE
                        : stream == Stream::Output ? STD_OUTPUT_HANDLE
                                                   : STD_ERROR_HANDLE);
}

constexpr std::array<Stream, 2> kWritten = {Stream::Output, Stream::Errors};

// What the console is left with as we found it: it stays behind.
struct Found {
  UINT encoding = 0;
  std::array<DWORD, kWritten.size()> modes{};
  bool knows_colors = true;
};

Found& found() {
  static Found only;
  return only;
}

// "C:\mesh" as "/c:/mesh", and "\mesh" as on the current drive. Others only with '/' for '\', as the
// WebAssembly module has it (app/wasm/node-host.mjs): whether a relative one is a path cannot be seen.
std::string path_of_argument(std::wstring_view text) {
  const bool on_current_drive = text.starts_with(L'\\') && !text.starts_with(L"\\\\");
  std::string path = windows::path_from_system(text);
  if (!on_current_drive) return path;
  const std::string folder = current_folder();
  return folder.starts_with("//") ? path : folder.substr(0, 3) + path;
}

// It, or what is behind the '=' of an option, may be a path.
std::string argument(std::wstring_view text) {
  const std::size_t equals = text.starts_with(L'-') ? text.find(L'=') : std::wstring_view::npos;
  if (equals == std::wstring_view::npos) return path_of_argument(text);
  return windows::narrow(text.substr(0, equals + 1)) + path_of_argument(text.substr(equals + 1));
}

}  // namespace

void prepare_streams() {
  for (std::FILE* file : {stdin, stdout, stderr}) ::_setmode(::_fileno(file), _O_BINARY);
  std::ios::sync_with_stdio(false);
  found().encoding = ::GetConsoleOutputCP();
  for (std::size_t i = 0; i < kWritten.size(); ++i) {
    HANDLE handle = handle_of(kWritten[i]);
    DWORD& mode = found().modes[i];
    if (::GetConsoleMode(handle, &mode) == 0) continue;
    ::SetConsoleOutputCP(CP_UTF8);
    found().knows_colors &=
        ::SetConsoleMode(handle, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
  }
}

std::vector<std::string> arguments(int, char**) {
  int count = 0;
  const std::unique_ptr<wchar_t*, decltype(&::LocalFree)> words(
      ::CommandLineToArgvW(::GetCommandLineW(), &count), ::LocalFree);
  std::vector<std::string> result;
  for (int i = 1; i < count; ++i) result.push_back(argument(words.get()[i]));
  return result;
}

std::string variable(const char* name) {
  return windows::narrow(windows::variable(windows::wide(name).c_str()));
}

std::string current_folder() {
  std::wstring folder(::GetCurrentDirectoryW(0, nullptr), L'\0');
  folder.resize(::GetCurrentDirectoryW(static_cast<DWORD>(folder.size()), folder.data()));
  return windows::path_from_system(folder);
}

bool is_terminal(Stream stream) {
  DWORD mode = 0;
  return ::GetConsoleMode(handle_of(stream), &mode) != 0;
}

bool terminals_know_colors() { return found().knows_colors; }

unsigned terminal_width() {
  constexpr unsigned kDefaultWidth = 80;
  for (const Stream stream : {Stream::Errors, Stream::Output}) {
    CONSOLE_SCREEN_BUFFER_INFO info{};
    if (::GetConsoleScreenBufferInfo(handle_of(stream), &info) == 0) continue;
    const int columns = info.srWindow.Right - info.srWindow.Left + 1;
    if (columns > 0) return static_cast<unsigned>(columns);
  }
  return kDefaultWidth;
}

bool save_file(const std::string& path, const std::string& text) {
  // One that is relative is so to the current folder, which is not always short enough for it.
  const std::string folder = current_folder();
  const std::wstring name = windows::system_path(workspace::path_from(folder, path));
  const windows::Handle file(::CreateFileW(name.c_str(), GENERIC_WRITE, FILE_SHARE_READ, nullptr,
                                           CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
  for (std::string_view rest = text; file.is_open() && !rest.empty();) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    DWORD written = 0;
    const auto size = static_cast<DWORD>(std::min(rest.size(), kMost));
    if (::WriteFile(file.get(), rest.data(), size, &written, nullptr) == 0) return false;
    rest.remove_prefix(written);
  }
  return file.is_open();
}

// Not by ExitProcess: what it lets libraries do waits for threads, of which one may be in a read of standard
// input that nobody ends.
void end_process(int status) {
  for (std::size_t i = 0; i < kWritten.size(); ++i) {
    if (found().modes[i] == 0) continue;
    ::SetConsoleMode(handle_of(kWritten[i]), found().modes[i]);
    ::SetConsoleOutputCP(found().encoding);
  }
  ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(status));
  for (;;) ::Sleep(INFINITE);  // it does not return
}

int leave(int status) { end_process(status); }

}  // namespace app
