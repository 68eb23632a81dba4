// Where findings of files laid over a cluster are reported, and which of them the files bring (docs/design/
// cluster.md, section 3). One thread.
#pragma once

#include <vector>

#include "cli/project.h"
#include "cli/report.h"

namespace cli {

struct ClusterFinding {
  checks::Finding finding;
  bool is_new = false;
};

// A finding with an end in a file is reported there, once; one in the cluster alone where it is asked for.
// Counts in `reports`, one for each cluster, what is not reported, and what the files would break and mend.
std::vector<ClusterFinding> place_findings(const Project& project, std::vector<checks::Finding> findings,
                                           const ReportRequest& request, std::vector<ClusterReport>& reports);

}  // namespace cli
