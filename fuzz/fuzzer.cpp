// libFuzzer's entry point; FUZZ_TARGET is the name of a function in target.h. An exception that leaves it
// ends the process, which libFuzzer takes for a crash and keeps the input.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "broken: %s\n", broken.what());
    std::terminate();
  }
  return 0;
}
