#include "cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "workspace/text/utf8.h"

namespace cli {
namespace {

struct Interval {
  char32_t first;
  char32_t last;
};

// East_Asian_Width W and F, by block; sorted.
constexpr std::array<Interval, 22> kWide = {
    {{0x1100, 0x115F}, {0x231A, 0x231B}, {0x23E9, 0x23EC}, {0x25FD, 0x25FE}, {0x2614, 0x2615},
     {0x2648, 0x2653}, {0x26A1, 0x26A1}, {0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x2705, 0x2705},
     {0x2728, 0x2728}, {0x274C, 0x274C}, {0x2E80, 0x303E}, {0x3041, 0x33FF}, {0x3400, 0x4DBF},
     {0x4E00, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},
     {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}}};
constexpr std::array<Interval, 8> kWideBeyond = {{{0x16FE0, 0x18AFF},
                                                  {0x1B000, 0x1B2FF},
                                                  {0x1F004, 0x1F004},
                                                  {0x1F18E, 0x1F19A},
                                                  {0x1F200, 0x1F64F},
                                                  {0x1F680, 0x1F6FF},
                                                  {0x1F900, 0x1FAFF},
                                                  {0x20000, 0x3FFFD}}};
// Combining marks and joiners; sorted.
constexpr std::array<Interval, 10> kNoWidth = {{{0x0300, 0x036F},
                                                {0x0483, 0x0489},
                                                {0x0591, 0x05BD},
                                                {0x064B, 0x065F},
                                                {0x1AB0, 0x1AFF},
                                                {0x1DC0, 0x1DFF},
                                                {0x200B, 0x200D},
                                                {0x20D0, 0x20FF},
                                                {0xFE00, 0xFE0F},
                                                {0xFE20, 0xFE2F}}};
// Control characters, line separators, and marks that turn the direction of the text.
constexpr std::array<Interval, 6> kUnsafe = {
    {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}}};

template <std::size_t N>
bool is_in(const std::array<Interval, N>& table, char32_t c) {
  const auto after =
      std::upper_bound(table.begin(), table.end(), c,
                       [](char32_t value, const Interval& interval) { return value < interval.first; });
  return after != table.begin() && c <= std::prev(after)->last;
}

bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

std::string_view escape_of(Style ink) {
  switch (ink) {
    case Style::Plain:
      return "";
    case Style::Strong:
      return "\x1b[1m";
    case Style::Faint:
      return "\x1b[2m";
    case Style::Error:
      return "\x1b[1;31m";
    case Style::Warning:
      return "\x1b[1;33m";
    case Style::Note:
    case Style::Code:
      return "\x1b[36m";
    case Style::Added:
      return "\x1b[32m";
    case Style::Removed:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

Glyph first_glyph(std::string_view text) {
  if (is_printable_ascii(text.front())) return {.bytes = text.substr(0, 1), .columns = 1, .printable = true};
  std::uint32_t c = 0;
  const std::uint32_t size = workspace::utf8::decode(text, 0, c);
  if (size == 0) return {.bytes = text.substr(0, 1), .columns = 1, .printable = false};
  const std::string_view bytes = text.substr(0, size);
  if (is_in(kUnsafe, c)) return {.bytes = bytes, .columns = 1, .printable = false};
  if (is_in(kNoWidth, c)) return {.bytes = bytes, .columns = 0, .printable = true};
  const bool wide = is_in(kWide, c) || is_in(kWideBeyond, c);
  return {.bytes = bytes, .columns = wide ? 2U : 1U, .printable = true};
}

unsigned display_width(std::string_view text) {
  unsigned width = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    width += glyph.columns;
    text.remove_prefix(glyph.bytes.size());
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto ascii = std::find_if_not(text.begin(), text.end(), is_printable_ascii) - text.begin();
    shown += text.substr(0, static_cast<std::size_t>(ascii));
    text.remove_prefix(static_cast<std::size_t>(ascii));
    if (text.empty()) break;
    const Glyph glyph = first_glyph(text);
    shown += glyph.printable ? glyph.bytes : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(glyph.bytes.size());
  }
  return shown;
}

std::string Palette::paint(Style ink, std::string_view text) const {
  if (!on_ || ink == Style::Plain || text.empty()) return std::string(text);
  return std::string(escape_of(ink)).append(text).append("\x1b[0m");
}

}  // namespace cli
