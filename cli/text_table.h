// Columns of text for a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace cli {

// Cells of a row, one a column; each printable text of one line.
using TableRow = std::vector<std::string>;

// What a cell looks like, given its text and row; its width must not change.
using CellPainter = std::function<std::string(const std::string& text, std::size_t row)>;

// Lines of at most `width` columns where that can be had: cells that are too long go on below, two columns
// further in than they began. All rows have as many cells as the first.
std::vector<std::string> table_lines(const std::vector<TableRow>& rows, std::size_t width,
                                     const CellPainter& paint);

// Breaks text at blanks, else after '/' or ',', else where it must.
std::vector<std::string> wrapped_text(const std::string& text, std::size_t width);

}  // namespace cli
