// The editor's end of a named pipe, for tests that have no other way to one: what comes from standard input
// goes into the pipe, and what comes from the pipe to standard output.
//
//   pipe_client listen|connect NAME      \\.\pipe\NAME: as an editor that waits for the server, or one that
//   finds it waiting
#include <windows.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr DWORD kRoom = 65536;

DWORD finish(HANDLE pipe, BOOL begun, OVERLAPPED& call) {
  DWORD count = 0;
  if (begun == 0 && GetLastError() != ERROR_IO_PENDING) return 0;
  return GetOverlappedResult(pipe, &call, &count, TRUE) != 0 ? count : 0;
}

HANDLE listen(const std::string& name) {
  HANDLE pipe = CreateNamedPipeA(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                 PIPE_TYPE_BYTE | PIPE_WAIT, 1, kRoom, kRoom, 0, nullptr);
  OVERLAPPED call{};
  call.hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  if (ConnectNamedPipe(pipe, &call) == 0 && GetLastError() == ERROR_IO_PENDING) finish(pipe, TRUE, call);
  return pipe;
}

HANDLE connect(const std::string& name) {
  for (;;) {
    HANDLE pipe = CreateFileA(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED, nullptr);
    if (pipe != INVALID_HANDLE_VALUE) return pipe;
    Sleep(50);
  }
}

void write_all(HANDLE pipe) {
  std::array<char, kRoom> bytes;
  OVERLAPPED call{};
  call.hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  DWORD count = 0;
  while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), bytes.data(), bytes.size(), &count, nullptr) != 0 &&
         count > 0) {
    for (DWORD done = 0, now = 0; done < count; done += now) {
      now = finish(pipe, WriteFile(pipe, bytes.data() + done, count - done, nullptr, &call), call);
      if (now == 0) return;
    }
  }
  ExitProcess(0);  // the editor has gone
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string name = std::string(R"(\\.\pipe\)") + argv[2];
  HANDLE pipe = std::string_view(argv[1]) == "listen" ? listen(name) : connect(name);
  std::thread(write_all, pipe).detach();
  std::array<char, kRoom> bytes;
  OVERLAPPED call{};
  call.hEvent = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  for (;;) {
    const DWORD count = finish(pipe, ReadFile(pipe, bytes.data(), bytes.size(), nullptr, &call), call);
    if (count == 0) break;
    DWORD written = 0;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes.data(), count, &written, nullptr);
  }
  ExitProcess(0);
}
