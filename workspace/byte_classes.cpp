#include "workspace/byte_classes.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace workspace {
namespace {

constexpr std::size_t kBlockBytes = 64;

// `at_line_start`: of the block's first byte, then of the next block's.
void set_markers(ByteClasses::Block& block, std::uint64_t line_ends, std::uint64_t marks,
                 bool& at_line_start) {
  block.marker = marks & ((line_ends << 1U) | (at_line_start ? 1U : 0U));
  at_line_start = (line_ends >> (kBlockBytes - 1)) != 0;
}

#if defined(__SSE2__)

// Sixteen bytes, compared at once.
class Bytes {
 public:
  explicit Bytes(const char* from) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))) {}

  [[nodiscard]] std::uint64_t are(char c) const { return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
  [[nodiscard]] std::uint64_t are(char a, char b) const {
    return mask(
        _mm_or_si128(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(a)), _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(b))));
  }
  [[nodiscard]] std::uint64_t are_wide() const { return mask(bytes_); }  // the highest bits
  [[nodiscard]] std::uint64_t are_control() const {
    return mask(_mm_or_si128(between(bytes_, 0, 0x1F), _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(0x7F))));
  }
  [[nodiscard]] std::uint64_t are_word() const {
    const __m128i lower = _mm_or_si128(bytes_, _mm_set1_epi8(0x20));
    const __m128i letters = between(lower, 'a', 'z');
    const __m128i others =
        _mm_or_si128(between(bytes_, '-', '9'), _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('_')));
    return mask(_mm_or_si128(letters, others));
  }

 private:
  static std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
  // Compares as signed: wide bytes are below all others.
  static __m128i between(__m128i bytes, char low, char high) {
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(low - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(high + 1))));
  }

  __m128i bytes_;
};

ByteClasses::Block classify(const char* text, bool& at_line_start) {
  ByteClasses::Block block;
  std::uint64_t line_ends = 0;
  std::uint64_t marks = 0;
  constexpr unsigned kWidth = 16;
  for (unsigned i = 0; i < kBlockBytes; i += kWidth) {
    const Bytes bytes(text + i);
    const std::uint64_t line_end = bytes.are('\n');
    block.line_end |= line_end << i;
    block.space |= bytes.are(' ') << i;
    block.word |= bytes.are_word() << i;
    block.stop |= bytes.are(':', '#') << i;
    block.odd |= (bytes.are_control() & ~line_end) << i;
    block.wide |= bytes.are_wide() << i;
    line_ends |= bytes.are('\n', '\r') << i;
    marks |= bytes.are('-', '.') << i;
  }
  set_markers(block, line_ends, marks, at_line_start);
  return block;
}

#else

bool is_word(unsigned char c) {
  const unsigned lower = c | 0x20U;
  return (lower >= 'a' && lower <= 'z' && c < 0x80) || (c >= '-' && c <= '9') || c == '_';
}

ByteClasses::Block classify(const char* text, bool& at_line_start) {
  ByteClasses::Block block;
  std::uint64_t line_ends = 0;
  std::uint64_t marks = 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (c == '\n') block.line_end |= bit;
    if (c == ' ') block.space |= bit;
    if (is_word(c)) block.word |= bit;
    if (c == ':' || c == '#') block.stop |= bit;
    if ((c < 0x20 && c != '\n') || c == 0x7F) block.odd |= bit;
    if (c >= 0x80) block.wide |= bit;
    if (c == '\n' || c == '\r') line_ends |= bit;
    if (c == '-' || c == '.') marks |= bit;
  }
  set_markers(block, line_ends, marks, at_line_start);
  return block;
}

#endif

}  // namespace

ByteClasses::ByteClasses(std::string_view text) : size_(static_cast<std::uint32_t>(text.size())) {
  blocks_.reserve(text.size() / kBlockBytes + 1);
  bool at_line_start = true;
  std::size_t at = 0;
  for (; at + kBlockBytes <= text.size(); at += kBlockBytes) {
    blocks_.push_back(classify(text.data() + at, at_line_start));
  }
  if (at == text.size()) return;
  char rest[kBlockBytes];
  std::memset(rest, ' ', sizeof rest);  // what lies behind the text is never looked at
  std::memcpy(rest, text.data() + at, text.size() - at);
  blocks_.push_back(classify(rest, at_line_start));
}

}  // namespace workspace
