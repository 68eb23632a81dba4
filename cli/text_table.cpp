#include "cli/text_table.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "cli/terminal_text.h"

namespace cli {
namespace {

constexpr std::size_t kGap = 2;      // before each column
constexpr std::size_t kNarrow = 12;  // no column gets less for the sake of others

// How much of `text` goes on a line of `width` columns: bytes, at least one character.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  std::size_t end = 0;
  std::size_t last_good = 0;  // behind a place where it may be broken
  bool is_blank = false;      // that place is a blank
  while (end < text.size()) {
    const Glyph glyph = first_glyph(text.substr(end));
    if (columns + glyph.columns > width && end > 0) break;
    columns += glyph.columns;
    end += glyph.bytes.size();
    const bool at_blank = end < text.size() && text[end] == ' ';
    const char last = text[end - 1];
    if (at_blank || (!is_blank && (last == '/' || last == ','))) {
      last_good = end;
      is_blank = is_blank || at_blank;
    }
  }
  return end == text.size() || last_good == 0 ? end : last_good;
}

std::vector<std::size_t> widths_of(const std::vector<TableRow>& rows, std::size_t width) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const TableRow& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max<std::size_t>(widths[i], display_width(row[i]));
  }
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), widths.size() * kGap); };
  while (total() > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrow) break;
    --*widest;
  }
  return widths;
}

}  // namespace

std::vector<std::string> wrapped_text(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return {text};
  const std::size_t own = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t inside = std::min(own + kGap, width / 2);
  std::vector<std::string> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string margin(lines.empty() ? 0 : inside, ' ');
    const std::size_t end = fitting(rest, width - margin.size());
    lines.push_back(margin + std::string(rest.substr(0, rest.find_last_not_of(' ', end - 1) + 1)));
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  return lines;
}

std::vector<std::string> table_lines(const std::vector<TableRow>& rows, std::size_t width,
                                     const CellPainter& paint) {
  std::vector<std::string> lines;
  if (rows.empty()) return lines;
  const std::vector<std::size_t> widths = widths_of(rows, width);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      cells.push_back(wrapped_text(rows[at][i], widths[i]));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line;
      std::size_t blanks = 0;  // not written yet: no line ends in blanks
      for (std::size_t i = 0; i < widths.size(); ++i) {
        blanks += kGap;
        const std::string text = y < cells[i].size() ? cells[i][y] : std::string();
        const std::size_t columns = display_width(text);
        if (columns > 0) {
          line += std::string(blanks, ' ') + paint(text, at);
          blanks = 0;
        }
        blanks += widths[i] - std::min(widths[i], columns);
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace cli
