// Byte ranges and values that remember where they were written.
//
// Everything inside `workspace` and `checks` counts bytes of UTF-8 text; lines, columns and UTF-16 units
// exist only at the edge (line_index.h). Offsets in facts are relative to the start of their document's
// slice (document_split.h), so that an edit in one document leaves the facts of the others untouched.
#pragma once

#include <cstdint>
#include <utility>

namespace workspace {

// Half-open [begin, end).
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  [[nodiscard]] bool contains(std::uint32_t offset) const { return begin <= offset && offset < end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
  friend auto operator<=>(const ByteRange&, const ByteRange&) = default;
};

inline ByteRange shifted(ByteRange range, std::uint32_t by) { return {range.begin + by, range.end + by}; }

// A place in the source that does not take part in comparisons: facts that differ only in where they were
// written are equal, which is what decides how far an edit travels (file_facts.h).
struct SourceRange {
  ByteRange range;
  friend bool operator==(const SourceRange&, const SourceRange&) { return true; }
};

// A decoded value and the characters it was written with (without quotes).
template <class T>
struct Located {
  T value{};
  SourceRange place{};
  friend bool operator==(const Located&, const Located&) = default;
};

}  // namespace workspace
