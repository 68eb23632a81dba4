// The cluster that files are laid over (docs/design/cluster.md): taken with kubectl, or read from a file.
// One thread, which starts others and waits for them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cli/environment.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "workspace/base/result.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/cluster/take_snapshot.h"

namespace cli {

// A snapshot of a cluster that runs. `context`: of kubectl; kCurrentContext or empty: the one it has.
workspace::Result<workspace::TakenSnapshot> take_cluster(const Environment& environment,
                                                         const Options& options, const std::string& context,
                                                         Progress& progress);

// The clusters that files are laid over, each taken or read once.
class Clusters {
 public:
  Clusters(const Environment& environment, const Options& options, Progress& progress)
      : environment_(environment), options_(options), progress_(progress) {}

  using Loaded = workspace::Result<std::shared_ptr<const workspace::Snapshot>>;
  // `folder`: that a snapshot's file is relative to. Without what --without names.
  Loaded load(const workspace::ClusterSource& source, const std::string& folder);
  // As it was before --without. `cluster`: of load().
  [[nodiscard]] std::shared_ptr<const workspace::Snapshot> whole(const workspace::Snapshot* cluster) const;
  // An Error: --without names what no cluster has.
  [[nodiscard]] std::optional<workspace::Error> check_left_out() const;

 private:
  struct Pair {
    std::shared_ptr<const workspace::Snapshot> whole;
    std::shared_ptr<const workspace::Snapshot> rest;
  };
  Loaded read(const workspace::ClusterSource& source, const std::string& path);
  Loaded leave_out(std::shared_ptr<const workspace::Snapshot> cluster);

  const Environment& environment_;
  const Options& options_;
  Progress& progress_;
  std::map<std::pair<std::string, std::string>, Pair> loaded_;  // by context and path
  std::set<std::string> left_out_;                              // what --without names, as given
};

}  // namespace cli
