// Reads decisions off the fuzzer's bytes. At the end of the input every decision is the first one, so that
// any input is a whole story and one cut short is a shorter one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace fuzz {

class Choices {
 public:
  explicit Choices(std::string_view input) : rest_(input) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  // 0 … count - 1; one byte, two for more than 256.
  std::size_t pick(std::size_t count) {
    std::size_t value = byte();
    if (count > 256) value = value * 256 + byte();
    return count == 0 ? 0 : value % count;
  }
  bool yes() { return byte() % 2 == 1; }

  template <class T, std::size_t N>
  const T& of(const std::array<T, N>& items) {
    return items[pick(N)];
  }
  template <class Container>
  const auto& of(const Container& items) {
    return *std::next(items.begin(), static_cast<std::ptrdiff_t>(pick(items.size())));
  }

  // Some of the bytes as they are: a length, then so many.
  std::string_view text(std::size_t at_most) {
    const std::string_view found = rest_.substr(0, pick(at_most + 1));
    rest_.remove_prefix(found.size());
    return found;
  }

 private:
  std::size_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
};

}  // namespace fuzz
