// Many bytes at a time say what one byte at a time would.
#include "workspace/byte_classes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

using workspace::ByteClasses;
using Block = ByteClasses::Block;

namespace {

bool is_word(unsigned char c) {
  return std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_")
             .find(static_cast<char>(c)) != std::string_view::npos;
}

// Each byte's classes, found one at a time.
template <ByteClasses::Class kClass, class Is>
void check_class(const std::string& text, const Is& is) {
  const ByteClasses classes(text);
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::uint32_t from = 0; from <= size; ++from) {
    std::uint32_t found = from;
    while (found < size && !is(found)) ++found;
    std::uint32_t other = from;
    while (other < size && is(other)) ++other;
    REQUIRE(classes.find<kClass>(from) == found);
    REQUIRE(classes.find_other<kClass>(from, size) == other);
    const std::uint32_t middle = from + (size - from) / 2;
    REQUIRE(classes.find<kClass>(from, middle) == std::min(found, middle));
  }
}

void check_all(const std::string& text) {
  const auto byte = [&text](std::uint32_t at) { return static_cast<unsigned char>(text[at]); };
  check_class<&Block::line_end>(text, [&](std::uint32_t at) { return text[at] == '\n'; });
  check_class<&Block::space>(text, [&](std::uint32_t at) { return text[at] == ' '; });
  check_class<&Block::word>(text, [&](std::uint32_t at) { return is_word(byte(at)); });
  check_class<&Block::stop>(text, [&](std::uint32_t at) { return text[at] == ':' || text[at] == '#'; });
  check_class<&Block::odd>(
      text, [&](std::uint32_t at) { return (byte(at) < 0x20 && text[at] != '\n') || byte(at) == 0x7F; });
  check_class<&Block::wide>(text, [&](std::uint32_t at) { return byte(at) >= 0x80; });
  check_class<&Block::marker>(text, [&](std::uint32_t at) {
    const bool starts = at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
    return starts && (text[at] == '-' || text[at] == '.');
  });
}

}  // namespace

TEST_CASE("every byte has its classes") {
  std::string text;
  for (unsigned c = 0; c < 256; ++c) text += static_cast<char>(c);
  check_all(text);
}

TEST_CASE("texts of every length around the width of a block, whatever their last byte") {
  std::mt19937 random(7);
  constexpr std::string_view kBytes = "a-.\n\r :#\t\xC3\xA9\x7F_Z9";
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 65U, 127U, 128U, 129U, 200U}) {
    std::string text;
    while (text.size() < size) text += kBytes[random() % kBytes.size()];
    check_all(text);
  }
}
