// `check --format github`: workflow commands, which GitHub Actions turns into annotations of the changed
// lines.
#pragma once

#include <iosfwd>

#include "cli/report.h"

namespace cli {

// `quiet`: without the line that sums up.
void render_github(std::ostream& out, const Report& report, const ReportContext& context, bool quiet);

}  // namespace cli
