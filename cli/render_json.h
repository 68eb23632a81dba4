// `check --format json`, version 1 (docs/design/interfaces.md, docs/check-output.schema.json). One finding a
// line.
#pragma once

#include <iosfwd>

#include "cli/report.h"

namespace cli {

void render_json(std::ostream& out, const Report& report, const ReportContext& context);

}  // namespace cli
