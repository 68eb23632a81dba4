#include "workspace/platform/wasm/host_calls.h"

#include <system_error>

namespace {

std::string& buffer() {
  static std::string bytes;  // the host writes into it between calls
  return bytes;
}

}  // namespace

extern "C" {
// Room for what the host answers or hands in, until the next call of it.
__attribute__((export_name("reply_buffer"))) char* reply_buffer(std::size_t size) {
  buffer().resize(size);
  return buffer().data();
}
}

namespace workspace::host {

std::string message_of(int failure) { return std::generic_category().message(-failure); }

std::string_view reply() { return buffer(); }

}  // namespace workspace::host
