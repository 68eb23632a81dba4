// Where findings of files laid over a cluster are reported, and which of them the files bring (docs/design/
// cluster.md, section 3). One thread.
#pragma once

#include <optional>
#include <vector>

#include "cli/project.h"
#include "cli/report.h"

namespace cli {

struct ClusterFinding {
  checks::Finding finding;
  std::optional<checks::Finding> found;  // as it was, where it is reported at its other end
  bool is_new = false;
};

// A finding with an end in a file is reported there, once; one in the cluster alone where it is asked for.
// Counts in `report` what is not reported, and what the files would break and mend.
std::vector<ClusterFinding> place_findings(const Project& project, std::vector<checks::Finding> findings,
                                           const ReportRequest& request, ClusterReport& report);

}  // namespace cli
