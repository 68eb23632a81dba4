// Which bytes of a text are line ends, blanks, letters …, a bit for each, found for many bytes at a time.
// Readers of lines then jump from one place of interest to the next instead of looking at every byte.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

namespace workspace {

class ByteClasses {
 public:
  // Of 64 bytes, the first one lowest.
  struct Block {
    std::uint64_t line_end = 0;  // \n
    std::uint64_t space = 0;     // nothing but ' '
    std::uint64_t word = 0;      // letters, digits, - . / _
    std::uint64_t stop = 0;      // : #
    std::uint64_t odd = 0;       // control characters but \n: tabs, \r, NUL …, DEL
    std::uint64_t wide = 0;      // of a character that is not ASCII
    std::uint64_t marker = 0;    // - or . that starts a line, also after \r
    friend bool operator==(const Block&, const Block&) = default;
  };
  using Class = std::uint64_t Block::*;

  // Some of the classes, of 64 bytes from any place on; behind the text there are no line ends.
  struct Window {
    std::uint64_t line_end;
    std::uint64_t space;
    std::uint64_t word;
    std::uint64_t stop;
  };

  ByteClasses() = default;                                       // of no text
  explicit ByteClasses(std::string_view text) { assign(text); }  // of at most 4 GiB; not kept
  void assign(std::string_view text);                            // the same, in the memory at hand

  // Whether the text has only bytes that are of neither class `odd` nor `wide`.
  [[nodiscard]] bool is_common() const { return common_; }

  // `at` is at most the text's size.
  [[nodiscard]] Window window(std::uint32_t at) const {
    const Block* block = blocks_.data() + at / kBits;
    const unsigned shift = at % kBits;
    const auto from = [block, shift](Class kind) {
      return (block[0].*kind >> shift) | (block[1].*kind << 1U << (kBits - 1 - shift));
    };
    return {from(&Block::line_end), from(&Block::space), from(&Block::word), from(&Block::stop)};
  }

  // The first byte of the class at or after `from` and before `end`; `end`: there is none. Looks no further
  // than that. `end` is at most the text's size.
  template <Class kClass>
  [[nodiscard]] std::uint32_t find(std::uint32_t from, std::uint32_t end) const {
    return seek(from, end, [](const Block& block) { return block.*kClass; });
  }
  template <Class kClass>
  [[nodiscard]] std::uint32_t find(std::uint32_t from) const {
    return find<kClass>(from, size_);
  }
  // The first byte that is not of the class.
  template <Class kClass>
  [[nodiscard]] std::uint32_t find_other(std::uint32_t from, std::uint32_t end) const {
    return seek(from, end, [](const Block& block) { return ~(block.*kClass); });
  }

 private:
  static constexpr std::uint32_t kBits = 64;

  template <class Bits>
  [[nodiscard]] std::uint32_t seek(std::uint32_t from, std::uint32_t end, Bits bits_of) const {
    if (from >= end) return end;
    const Block* block = blocks_.data() + from / kBits;
    std::uint64_t bits = bits_of(*block) & (~std::uint64_t{0} << (from % kBits));
    std::uint32_t start = from - from % kBits;
    while (bits == 0) {
      start += kBits;
      if (start >= end) return end;
      bits = bits_of(*++block);
    }
    const std::uint32_t found = start + static_cast<std::uint32_t>(std::countr_zero(bits));
    return found < end ? found : end;
  }

  std::uint32_t size_ = 0;
  bool common_ = true;
  std::vector<Block> blocks_;  // two more than are full, of which the last says nothing
};

}  // namespace workspace
