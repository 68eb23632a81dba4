// What a fuzz target is: a function that takes any bytes and throws Broken where the product breaks a
// promise.
//
// libFuzzer feeds it (fuzz/fuzzer.cpp, under sanitizers); ctest replays what is checked in
// (fuzz/replay_test.cpp).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace fuzz {

struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& promise) {
  if (!holds) throw Broken(promise);
}

void framing(std::string_view input);
void reading(std::string_view input);
void session(std::string_view input);
void fixes(std::string_view input);
void planning(std::string_view input);
void rendering(std::string_view input);
void places(std::string_view input);

}  // namespace fuzz
