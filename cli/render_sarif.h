// `check --format sarif`: SARIF 2.1.0, as code-scanning services read it.
#pragma once

#include <iosfwd>

#include "lsp/cli/report.h"

namespace lsp::cli {

// `complete`: every file could be read.
void render_sarif(std::ostream& out, const Report& report, const ReportContext& context, bool complete);

}  // namespace lsp::cli
