// `check --format sarif`: SARIF 2.1.0, as code-scanning services read it.
#pragma once

#include <iosfwd>

#include "cli/report.h"

namespace cli {

// `complete`: every file could be read.
void render_sarif(std::ostream& out, const Report& report, const ReportContext& context, bool complete);

}  // namespace cli
