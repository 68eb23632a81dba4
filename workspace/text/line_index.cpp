#include "workspace/text/line_index.h"

#include <algorithm>
#include <cstddef>

#include "workspace/text/utf8.h"

namespace workspace {
namespace {

// One code point, or one byte of something that is no UTF-8.
struct Unit {
  std::uint32_t bytes = 1;
  std::uint32_t utf16 = 1;
};

Unit unit_at(std::string_view text, std::size_t at) {
  std::uint32_t code_point = 0;
  const std::uint32_t bytes = utf8::decode(text, at, code_point);
  if (bytes == 0) return {};
  return {bytes, bytes == 4 ? 2U : 1U};
}

// What one code point adds to a column.
std::uint32_t width(Unit unit, ColumnUnit column_unit) {
  switch (column_unit) {
    case ColumnUnit::Utf8:
      return unit.bytes;
    case ColumnUnit::Utf16:
      return unit.utf16;
    case ColumnUnit::CodePoint:
      break;
  }
  return 1;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (crlf || (text[i] != '\n' && text[i] != '\r')) continue;
    starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

std::uint32_t LineIndex::line_count() const { return static_cast<std::uint32_t>(starts_.size()); }

std::string_view LineIndex::line(std::string_view text, std::uint32_t line) const {
  if (line >= starts_.size()) return {};
  const std::size_t begin = std::min<std::size_t>(starts_[line], text.size());
  const std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] : text.size();
  std::string_view found = text.substr(begin, end - begin);
  if (found.ends_with('\n')) found.remove_suffix(1);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

LineColumn LineIndex::position(std::string_view text, std::uint32_t offset, ColumnUnit unit) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto number = static_cast<std::uint32_t>(after - starts_.begin() - 1);
  const std::string_view characters = line(text, number);
  // An offset between "\r" and "\n" is the end of the line.
  const std::size_t target = std::min<std::size_t>(offset - starts_[number], characters.size());

  std::uint32_t column = 0;
  for (std::size_t at = 0; at < target;) {
    const Unit next = unit_at(characters, at);
    if (at + next.bytes > target) break;
    at += next.bytes;
    column += width(next, unit);
  }
  return {number, column};
}

std::uint32_t LineIndex::offset(std::string_view text, LineColumn position, ColumnUnit unit) const {
  if (position.line >= starts_.size()) return static_cast<std::uint32_t>(text.size());
  const std::string_view characters = line(text, position.line);
  std::size_t at = 0;
  for (std::uint32_t column = 0; at < characters.size();) {
    const Unit next = unit_at(characters, at);
    column += width(next, unit);
    if (column > position.column) break;
    at += next.bytes;
  }
  return static_cast<std::uint32_t>(starts_[position.line] + at);
}

}  // namespace workspace
