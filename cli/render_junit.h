// JUnit's XML, which most CI systems show.
#pragma once

#include <iosfwd>
#include <optional>

#include "cli/report.h"

namespace cli {

// A test case for each finding, failed from `least` on (none: no one fails); one that passes where there are
// no findings.
void render_junit(std::ostream& out, const Report& report, std::optional<checks::Severity> least);

}  // namespace cli
