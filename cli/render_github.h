// `check --format github`: workflow commands, which GitHub Actions turns into annotations of the changed
// lines.
#pragma once

#include <iosfwd>

#include "cli/report.h"

namespace cli {

void render_github(std::ostream& out, const Report& report, const ReportContext& context);

}  // namespace cli
