// How ByteClasses looks at bytes, for any width of vector. Of ByteClasses only: each file that includes it is
// compiled for other processors, so all in here is a template over what that file alone has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "workspace/text/byte_classes.h"

namespace workspace {

// What goes from one block to the next.
struct BlockScan {
  bool at_line_start = true;   // the next block's first byte
  std::uint64_t uncommon = 0;  // some bit, where a byte was odd or wide
};

// Classifies `count` blocks of 64 bytes. A Vector is kWidth bytes, loaded by its constructor, with a mask of
// those that are …
template <class Vector>
void classify_blocks(const char* text, std::size_t count, ByteClasses::Block* blocks, BlockScan& scan) {
  constexpr unsigned kBits = 64;
  std::uint64_t at_line_start = scan.at_line_start ? 1 : 0;
  std::uint64_t uncommon = 0;
  for (std::size_t b = 0; b < count; ++b, text += kBits) {
    ByteClasses::Block block;
    std::uint64_t uncommon_here = 0;
    std::uint64_t marks = 0;
    for (unsigned i = 0; i < kBits; i += Vector::kWidth) {
      const Vector bytes(text + i);
      const std::uint64_t line_end = bytes.are('\n');
      block.line_end |= line_end << i;
      block.space |= bytes.are(' ') << i;
      block.word |= bytes.are_word() << i;
      block.stop |= bytes.are(':', '#') << i;
      uncommon_here |= (bytes.are_uncommon() & ~line_end) << i;
      marks |= bytes.are('-', '.') << i;
    }
    std::uint64_t line_ends = block.line_end;
    if (uncommon_here != 0) {  // which is rare: only then is it asked what they are
      for (unsigned i = 0; i < kBits; i += Vector::kWidth) {
        const Vector bytes(text + i);
        block.wide |= bytes.are_wide() << i;
        line_ends |= bytes.are('\r') << i;
      }
      block.odd = uncommon_here & ~block.wide;
    }
    block.marker = marks & ((line_ends << 1U) | at_line_start);
    at_line_start = line_ends >> (kBits - 1);
    uncommon |= uncommon_here;
    blocks[b] = block;
  }
  scan.at_line_start = at_line_start != 0;
  scan.uncommon |= uncommon;
}

// For every processor (byte_classes.cpp), and for those that have AVX2 (byte_classes_avx2.cpp).
void classify_blocks_anywhere(const char* text, std::size_t count, ByteClasses::Block* blocks,
                              BlockScan& scan);
bool has_avx2();
void classify_blocks_avx2(const char* text, std::size_t count, ByteClasses::Block* blocks, BlockScan& scan);

}  // namespace workspace
