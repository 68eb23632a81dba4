// Compiled with -mavx2 where the compiler can; runs only where the processor can.
#include "workspace/text/classify_blocks.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace workspace {

#if defined(__AVX2__)

namespace {

// Thirty-two bytes, compared at once.
class WideBytes {
 public:
  static constexpr unsigned kWidth = 32;
  explicit WideBytes(const char* from) : bytes_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))) {}

  [[nodiscard]] std::uint64_t are(char c) const { return mask(equal(bytes_, c)); }
  [[nodiscard]] std::uint64_t are(char a, char b) const {
    return mask(_mm256_or_si256(equal(bytes_, a), equal(bytes_, b)));
  }
  [[nodiscard]] std::uint64_t are_wide() const { return mask(bytes_); }  // the highest bits
  // Control characters or wide, which are below all others as signed numbers.
  [[nodiscard]] std::uint64_t are_uncommon() const {
    return mask(_mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes_), equal(bytes_, 0x7F)));
  }
  [[nodiscard]] std::uint64_t are_word() const {
    const __m256i lower = _mm256_or_si256(bytes_, _mm256_set1_epi8(0x20));
    return mask(_mm256_or_si256(between(lower, 'a', 'z'),
                                _mm256_or_si256(between(bytes_, '-', '9'), equal(bytes_, '_'))));
  }

 private:
  static std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
  static __m256i equal(__m256i bytes, char c) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)); }
  // Compares as signed: wide bytes are below all others.
  static __m256i between(__m256i bytes, char low, char high) {
    return _mm256_and_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(static_cast<char>(low - 1))),
                            _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(high + 1)), bytes));
  }

  __m256i bytes_;
};

}  // namespace

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

void classify_blocks_avx2(const char* text, std::size_t count, ByteClasses::Block* blocks, BlockScan& scan) {
  classify_blocks<WideBytes>(text, count, blocks, scan);
}

#else

bool has_avx2() { return false; }

void classify_blocks_avx2(const char*, std::size_t, ByteClasses::Block*, BlockScan&) {}

#endif

}  // namespace workspace
