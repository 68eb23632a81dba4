#include "workspace/text/byte_classes.h"

#include <cstring>

#include "workspace/text/classify_blocks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace workspace {
namespace {

constexpr std::size_t kBlockBytes = 64;

#if defined(__SSE2__)

// Sixteen bytes, compared at once.
class Bytes {
 public:
  static constexpr unsigned kWidth = 16;
  explicit Bytes(const char* from) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))) {}

  [[nodiscard]] std::uint64_t are(char c) const { return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
  [[nodiscard]] std::uint64_t are(char a, char b) const {
    return mask(
        _mm_or_si128(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(a)), _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(b))));
  }
  [[nodiscard]] std::uint64_t are_wide() const { return mask(bytes_); }  // the highest bits
  // Control characters or wide, which are below all others as signed numbers.
  [[nodiscard]] std::uint64_t are_uncommon() const {
    return mask(_mm_or_si128(_mm_cmplt_epi8(bytes_, _mm_set1_epi8(0x20)),
                             _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(0x7F))));
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

#else

// One byte.
class Bytes {
 public:
  static constexpr unsigned kWidth = 1;
  explicit Bytes(const char* from) : byte_(static_cast<unsigned char>(*from)) {}

  [[nodiscard]] std::uint64_t are(char c) const { return mask(byte_ == static_cast<unsigned char>(c)); }
  [[nodiscard]] std::uint64_t are(char a, char b) const { return are(a) | are(b); }
  [[nodiscard]] std::uint64_t are_wide() const { return mask(byte_ >= 0x80); }
  [[nodiscard]] std::uint64_t are_uncommon() const { return mask(byte_ < 0x20 || byte_ >= 0x7F); }
  [[nodiscard]] std::uint64_t are_word() const {
    const unsigned lower = byte_ | 0x20U;
    return mask((lower >= 'a' && lower <= 'z' && byte_ < 0x80) || (byte_ >= '-' && byte_ <= '9') ||
                byte_ == '_');
  }

 private:
  static std::uint64_t mask(bool is) { return is ? 1 : 0; }

  unsigned char byte_;
};

#endif

void classify(const char* text, std::size_t count, ByteClasses::Block* blocks, BlockScan& scan) {
  (has_avx2() ? classify_blocks_avx2 : classify_blocks_anywhere)(text, count, blocks, scan);
}

}  // namespace

void classify_blocks_anywhere(const char* text, std::size_t count, ByteClasses::Block* blocks,
                              BlockScan& scan) {
  classify_blocks<Bytes>(text, count, blocks, scan);
}

void ByteClasses::assign(std::string_view text) {
  size_ = static_cast<std::uint32_t>(text.size());
  const std::size_t full = text.size() / kBlockBytes;
  blocks_.resize(full + 2);
  BlockScan scan;
  classify(text.data(), full, blocks_.data(), scan);
  char rest[kBlockBytes];
  std::memset(rest, ' ', sizeof rest);
  if (const std::size_t begin = full * kBlockBytes; begin < text.size())
    std::memcpy(rest, text.data() + begin, text.size() - begin);
  classify(rest, 1, &blocks_[full], scan);
  blocks_[full + 1] = {};
  common_ = scan.uncommon == 0;
}

}  // namespace workspace
