// Many bytes at a time say what one byte at a time would.
#include "workspace/text/byte_classes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/text/classify_blocks.h"

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
  const ByteClasses classes(text);
  bool common = true;
  for (const char c : text) {
    common &= static_cast<unsigned char>(c) < 0x7F && (static_cast<unsigned char>(c) >= 0x20 || c == '\n');
  }
  REQUIRE(classes.is_common() == common);
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::uint32_t from = 0; from <= size; ++from) {
    const ByteClasses::Window window = classes.window(from);
    for (std::uint32_t i = 0; i < 64; ++i) {
      const auto has = [i](std::uint64_t bits) { return (bits >> i & 1U) != 0; };
      const bool inside = from + i < size;
      REQUIRE(has(window.line_end) == (inside && text[from + i] == '\n'));
      if (!inside) continue;
      REQUIRE(has(window.space) == (text[from + i] == ' '));
      REQUIRE(has(window.word) == is_word(byte(from + i)));
      REQUIRE(has(window.stop) == (text[from + i] == ':' || text[from + i] == '#'));
    }
  }
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

TEST_CASE("a new processor classifies as an old one does") {
  if (!workspace::has_avx2()) return;
  constexpr std::size_t kBlocks = 64;
  std::mt19937 random(11);
  std::string text;
  while (text.size() < 64 * kBlocks) text += static_cast<char>(random() % 256);
  std::vector<Block> old_way(kBlocks);
  std::vector<Block> new_way(kBlocks);
  for (const bool at_line_start : {false, true}) {
    workspace::BlockScan old_scan{at_line_start, 0};
    workspace::BlockScan new_scan{at_line_start, 0};
    workspace::classify_blocks_anywhere(text.data(), kBlocks, old_way.data(), old_scan);
    workspace::classify_blocks_avx2(text.data(), kBlocks, new_way.data(), new_scan);
    CHECK(old_way == new_way);
    CHECK(old_scan.at_line_start == new_scan.at_line_start);
    CHECK(old_scan.uncommon == new_scan.uncommon);
  }
}

TEST_CASE("one object serves for many texts") {
  ByteClasses classes(
      "a\tlong text: more than a block of sixty-four bytes, which leaves bits in the second one\n");
  CHECK_FALSE(classes.is_common());
  classes.assign("b");
  CHECK(classes.is_common());
  CHECK(classes.find<&Block::odd>(0) == 1);
  CHECK(classes.window(0).stop == 0);
}
