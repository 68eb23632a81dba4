// The cluster that files are laid over (docs/design/cluster.md): taken with kubectl, or read from a file.
// One thread, which starts others and waits for them.
#pragma once

#include <memory>
#include <string>

#include "checks/engine/finding.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "workspace/base/result.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/cluster/take_snapshot.h"

namespace cli {

// A snapshot of a cluster that runs. `context` is as in Options.
workspace::Result<workspace::TakenSnapshot> take_cluster(const Environment& environment,
                                                         const Options& options, const std::string& context,
                                                         Progress& progress);

// What --cluster or --snapshot names.
workspace::Result<std::shared_ptr<const workspace::Snapshot>> load_cluster(const Environment& environment,
                                                                           const Options& options,
                                                                           Progress& progress);

// The snapshot without what --without names.
workspace::Result<std::shared_ptr<const workspace::Snapshot>> leave_out(
    std::shared_ptr<const workspace::Snapshot> cluster, const Options& options);

// "cluster prod: PeerAuthentication foo/default": an end of a finding that no file holds.
std::string cluster_place(const checks::Location& place);

}  // namespace cli
