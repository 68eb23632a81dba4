// As helm.exe and kubectl.exe: asks the tests' runner (stand_ins.py) to run the script of that name, which is
// one of Unix, says what it says and ends as it does.
//
//   ISTIO_MTLS_STAND_INS   the port on this machine where the runner listens
//
// Both ways numbers are of 4 bytes, as x64 has them. There: a size, then UTF-8 texts, each with a NUL behind
// it: the name, the folder, how many arguments, the arguments, the environment. Back: 1 or 2 (where to
// write), a size and bytes, again and again; then 0 and the exit status.
#include <winsock2.h>
// Behind it.
#include <windows.h>
// Behind it.
#include <shellapi.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string narrow(std::wstring_view text) {
  const int length = static_cast<int>(text.size());
  std::string result(text.size() * 3, '\0');
  result.resize(static_cast<std::size_t>(
      WideCharToMultiByte(CP_UTF8, 0, text.data(), length, result.data(), length * 3, nullptr, nullptr)));
  return result;
}

std::string current_folder() {
  std::wstring folder(GetCurrentDirectoryW(0, nullptr), L'\0');
  folder.resize(GetCurrentDirectoryW(static_cast<DWORD>(folder.size()), folder.data()));
  return narrow(folder);
}

std::string own_name() {
  std::wstring path(MAX_PATH, L'\0');
  path.resize(GetModuleFileNameW(nullptr, path.data(), MAX_PATH));
  const std::wstring name = path.substr(path.rfind(L'\\') + 1);
  return narrow(name.substr(0, name.rfind(L'.')));
}

std::string request() {
  int count = 0;
  wchar_t** words = CommandLineToArgvW(GetCommandLineW(), &count);
  std::string text = own_name() + '\0' + current_folder() + '\0' + std::to_string(count - 1) + '\0';
  for (int i = 1; i < count; ++i) text += narrow(words[i]) + '\0';
  for (const wchar_t* at = GetEnvironmentStringsW(); *at != L'\0';) {
    const std::wstring_view entry = at;
    text += narrow(entry) + '\0';
    at += entry.size() + 1;
  }
  return text;
}

SOCKET runner() {
  WSADATA ignored{};
  WSAStartup(MAKEWORD(2, 2), &ignored);
  const char* port = std::getenv("ISTIO_MTLS_STAND_INS");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<u_short>(std::atoi(port == nullptr ? "0" : port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SOCKET number = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(number, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) ExitProcess(125);
  return number;
}

void send_all(SOCKET to, const char* data, std::size_t size) {
  for (int now = 0; size > 0; data += now, size -= static_cast<std::size_t>(now)) {
    now = send(to, data, static_cast<int>(size), 0);
    if (now <= 0) ExitProcess(125);
  }
}

void receive_all(SOCKET from, char* data, std::size_t size) {
  for (int now = 0; size > 0; data += now, size -= static_cast<std::size_t>(now)) {
    now = recv(from, data, static_cast<int>(size), 0);
    if (now <= 0) ExitProcess(125);
  }
}

std::uint32_t receive_number(SOCKET from) {
  std::uint32_t number = 0;
  receive_all(from, reinterpret_cast<char*>(&number), sizeof number);
  return number;
}

}  // namespace

int main() {
  const SOCKET connection = runner();
  const std::string text = request();
  const auto size = static_cast<std::uint32_t>(text.size());
  send_all(connection, reinterpret_cast<const char*>(&size), sizeof size);
  send_all(connection, text.data(), text.size());
  while (const std::uint32_t where = receive_number(connection)) {
    std::string bytes(receive_number(connection), '\0');
    receive_all(connection, bytes.data(), bytes.size());
    HANDLE stream = GetStdHandle(where == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
    DWORD written = 0;
    for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(written)) {
      if (WriteFile(stream, rest.data(), static_cast<DWORD>(rest.size()), &written, nullptr) == 0)
        ExitProcess(125);
    }
  }
  ExitProcess(receive_number(connection));
}
