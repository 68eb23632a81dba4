// What the WebAssembly module imports of its host, which is JavaScript (app/wasm/module.mjs): files, programs
// and streams, one call each, so that the same module runs where there is a disk and where there is none.
//
// Texts are UTF-8 with their size and without a final NUL. A call that can fail returns less than 0: an errno
// of this C library, negated, whatever the host's own numbers are. One that answers with bytes asks the
// module for room first (reply_buffer) and returns how many there are: `reply()` is them. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace workspace::host {

// Laid out as module.mjs writes it.
struct Status {
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t file_number = 0;
  std::uint64_t device = 0;
  std::uint32_t type = 0;  // a FileType
  std::uint32_t mode = 0;  // permissions
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t links = 0;  // names that the file has
};

enum class Open : std::int32_t { Read = 0, Append = 1, Replace = 2, New = 3 };  // New: fails if it is there

// What an errno says.
std::string message_of(int failure);

// What the last call answered; until the next one.
std::string_view reply();

}  // namespace workspace::host

// NOLINTBEGIN(readability-identifier-naming): the names are the imports'
#define ISTIO_MTLS_HOST_CALL(name) __attribute__((import_module("host"), import_name(name)))
extern "C" {
ISTIO_MTLS_HOST_CALL("open_file") int host_open_file(const char* path, std::size_t size, std::int32_t how);
ISTIO_MTLS_HOST_CALL("close_file") int host_close_file(int file);
ISTIO_MTLS_HOST_CALL("read_file") int host_read_file(int file, char* data, std::size_t size);
ISTIO_MTLS_HOST_CALL("write_file") int host_write_file(int file, const char* data, std::size_t size);
ISTIO_MTLS_HOST_CALL("sync_file") int host_sync_file(int file);
ISTIO_MTLS_HOST_CALL("set_owner") int host_set_owner(int file, std::uint32_t owner, std::uint32_t group);
ISTIO_MTLS_HOST_CALL("set_mode") int host_set_mode(int file, std::uint32_t mode);
ISTIO_MTLS_HOST_CALL("file_status") int host_file_status(int file, workspace::host::Status* status);
ISTIO_MTLS_HOST_CALL("path_status")
int host_path_status(const char* path, std::size_t size, int follows, workspace::host::Status* status);
ISTIO_MTLS_HOST_CALL("may_write") int host_may_write(const char* path, std::size_t size);
ISTIO_MTLS_HOST_CALL("rename")
int host_rename(const char* from, std::size_t size, const char* to, std::size_t to_size);
ISTIO_MTLS_HOST_CALL("remove") int host_remove(const char* path, std::size_t size);
// Answers with the entries: of each a digit, its FileType, its name and a NUL.
ISTIO_MTLS_HOST_CALL("list_folder") int host_list_folder(const char* path, std::size_t size);
ISTIO_MTLS_HOST_CALL("resolve") int host_resolve(const char* path, std::size_t size);
ISTIO_MTLS_HOST_CALL("current_folder") int host_current_folder();
// The columns of a terminal; 0: it is none.
ISTIO_MTLS_HOST_CALL("terminal_width") int host_terminal_width(int file);
ISTIO_MTLS_HOST_CALL("process_number") int host_process_number();
ISTIO_MTLS_HOST_CALL("user_number") std::uint32_t host_user_number();
ISTIO_MTLS_HOST_CALL("is_running") int host_is_running(double process);
// The request and the answer are in process.cpp.
ISTIO_MTLS_HOST_CALL("run_program") int host_run_program(const char* request, std::size_t size);
ISTIO_MTLS_HOST_CALL("random") std::uint32_t host_random();
ISTIO_MTLS_HOST_CALL("exit") void host_exit(int status);
// The server's: a message to the client, whether too many of them wait, and the process to end with.
ISTIO_MTLS_HOST_CALL("send") void host_send(const char* message, std::size_t size);
ISTIO_MTLS_HOST_CALL("is_congested") int host_is_congested();
ISTIO_MTLS_HOST_CALL("watch_process") void host_watch_process(double process);
}
// NOLINTEND(readability-identifier-naming)
