// Findings as a compiler prints them, with the source line and a caret underline (docs/design/interfaces.md).
// What comes from manifests is shown without control characters.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/report.h"
#include "cli/terminal_text.h"

namespace cli {

// Related places shown of one finding; the others are counted.
inline constexpr std::size_t kMaxNotes = 10;

// One block a conflict, at the clause where it has one; with the fix that is offered first. `quiet`: findings
// only, without the lines that sum up.
void render_text(std::ostream& out, const Report& report, const ReportContext& context,
                 const Palette& palette, bool quiet);

// The line and the marks below it, as wide as the line is on a terminal. Tabs become four spaces; of a long
// line only the part around the range is kept.
struct MarkedLine {
  std::string line;
  std::string marks;  // ends with the last '^'
};
MarkedLine mark_line(const SourceFiles::Excerpt& excerpt);

}  // namespace cli
