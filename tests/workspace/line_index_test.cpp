#include "workspace/text/line_index.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace workspace;

namespace {

std::uint32_t column(std::string_view line, std::uint32_t offset, ColumnUnit unit) {
  return LineIndex(line).position(line, offset, unit).column;
}

std::uint32_t offset_of(std::string_view text, std::uint32_t line, std::uint32_t column, ColumnUnit unit) {
  return LineIndex(text).offset(text, {line, column}, unit);
}

// U+00E9 (2 bytes), U+20AC (3 bytes) and U+1F600 (4 bytes, two UTF-16 units), then "z".
constexpr std::string_view kWide = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";

}  // namespace

TEST_CASE("lines end at LF, CRLF and CR") {
  const std::string_view text = "ab\ncd\r\nef\rgh";
  const LineIndex index(text);
  REQUIRE(index.line_count() == 4);
  CHECK(index.line(text, 0) == "ab");
  CHECK(index.line(text, 1) == "cd");
  CHECK(index.line(text, 2) == "ef");
  CHECK(index.line(text, 3) == "gh");
  CHECK(index.line(text, 4).empty());

  CHECK(index.position(text, 3, ColumnUnit::Utf8) == LineColumn{1, 0});
  CHECK(index.position(text, 5, ColumnUnit::Utf8) == LineColumn{1, 2});  // at "\r"
  CHECK(index.position(text, 6, ColumnUnit::Utf8) == LineColumn{1, 2});  // inside "\r\n"
  CHECK(index.position(text, 7, ColumnUnit::Utf8) == LineColumn{2, 0});
  CHECK(index.position(text, 10, ColumnUnit::Utf8) == LineColumn{3, 0});
}

TEST_CASE("a text has one line more than line ends") {
  CHECK(LineIndex("").line_count() == 1);
  CHECK(LineIndex("a").line_count() == 1);
  CHECK(LineIndex("a\n").line_count() == 2);
  CHECK(LineIndex("\r\n\r\n").line_count() == 3);
  CHECK(LineIndex("\n\r").line_count() == 3);
}

TEST_CASE("columns count bytes, UTF-16 units or code points") {
  struct Row {
    std::uint32_t offset, utf8, utf16, code_points;
  };
  const Row rows[] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {3, 3, 2, 2}, {6, 6, 3, 3}, {10, 10, 5, 4}, {11, 11, 6, 5}};
  for (const Row& row : rows) {
    CAPTURE(row.offset);
    CHECK(column(kWide, row.offset, ColumnUnit::Utf8) == row.utf8);
    CHECK(column(kWide, row.offset, ColumnUnit::Utf16) == row.utf16);
    CHECK(column(kWide, row.offset, ColumnUnit::CodePoint) == row.code_points);
    CHECK(offset_of(kWide, 0, row.utf8, ColumnUnit::Utf8) == row.offset);
    CHECK(offset_of(kWide, 0, row.utf16, ColumnUnit::Utf16) == row.offset);
    CHECK(offset_of(kWide, 0, row.code_points, ColumnUnit::CodePoint) == row.offset);
  }
}

TEST_CASE("a place inside a code point is its start") {
  CHECK(column(kWide, 2, ColumnUnit::Utf16) == 1);
  CHECK(column(kWide, 8, ColumnUnit::Utf8) == 6);
  CHECK(offset_of(kWide, 0, 4, ColumnUnit::Utf16) == 6);  // between the surrogates
  CHECK(offset_of(kWide, 0, 5, ColumnUnit::Utf8) == 3);
}

TEST_CASE("what lies past the end means the end") {
  CHECK(LineIndex("ab\nc").position("ab\nc", 99, ColumnUnit::Utf8) == LineColumn{1, 1});
  CHECK(offset_of("ab\r\nc", 0, 99, ColumnUnit::Utf16) == 2);
  CHECK(offset_of("ab\r\nc", 1, 99, ColumnUnit::Utf16) == 5);
  CHECK(offset_of("ab\r\nc", 9, 0, ColumnUnit::Utf16) == 5);
}

TEST_CASE("a BOM and invalid UTF-8 are counted") {
  const std::string_view marked =
      "\xEF\xBB\xBF"
      "a";
  CHECK(column(marked, 3, ColumnUnit::Utf16) == 1);
  CHECK(column(marked, 4, ColumnUnit::CodePoint) == 2);

  for (const std::string_view broken :
       {"\xFF\xFE", "\xC0\xAF", "\xED\xA0", "\xF5\x80", "\x80\x80", "\xE2\x82"}) {
    CHECK(column(broken, 2, ColumnUnit::Utf16) == 2);
    CHECK(offset_of(broken, 0, 1, ColumnUnit::CodePoint) == 1);
  }
}

TEST_CASE("position and offset are inverse at every code point") {
  const std::string text =
      std::string("x: ") + std::string(kWide) + "\r\n\xEF\xBB\xBF\xFF" + std::string(kWide) + "\r\ny\n";
  const LineIndex index(text);
  for (const ColumnUnit unit : {ColumnUnit::Utf8, ColumnUnit::Utf16, ColumnUnit::CodePoint}) {
    for (std::uint32_t offset = 0; offset <= text.size(); ++offset) {
      const LineColumn position = index.position(text, offset, unit);
      const std::uint32_t start = index.offset(text, position, unit);
      CHECK(start <= offset);
      CHECK(index.position(text, start, unit) == position);
    }
  }
}
