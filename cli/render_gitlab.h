// GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
#pragma once

#include <iosfwd>

#include "cli/report.h"

namespace cli {

// A list with one issue a finding. A fingerprint is made of code, file, resource and path, not of lines, so
// that a merge request shows what it brings.
void render_gitlab(std::ostream& out, const Report& report);

}  // namespace cli
