// Byte offset <-> line and column of one text, in the units an outside world counts in.
//
// Lines end at "\n", "\r\n" or a lone "\r" (LSP 3.17). Lines and columns count from 0 here; the command line
// adds one. A column past the end of its line means the end of the line (LSP 3.17, Position); an offset
// inside a code point is moved to the start of it. A leading BOM belongs to the text and counts as one code
// point. Invalid UTF-8 counts one unit a byte and never throws. Immutable: safe from any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace workspace {

enum class ColumnUnit : std::uint8_t { Utf8, Utf16, CodePoint };  // CodePoint is LSP's "utf-32"

struct LineColumn {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const LineColumn&, const LineColumn&) = default;
};

class LineIndex {
 public:
  explicit LineIndex(std::string_view text);  // copies nothing but the line starts

  // `text` is the text that the index was built from; offsets past its end mean its end.
  [[nodiscard]] LineColumn position(std::string_view text, std::uint32_t offset, ColumnUnit unit) const;
  [[nodiscard]] std::uint32_t offset(std::string_view text, LineColumn position, ColumnUnit unit) const;

  [[nodiscard]] std::uint32_t line_count() const;
  // The line's characters without its line end.
  [[nodiscard]] std::string_view line(std::string_view text, std::uint32_t line) const;

 private:
  std::vector<std::uint32_t> starts_;
};

}  // namespace workspace
