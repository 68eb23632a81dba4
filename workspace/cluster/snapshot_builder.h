// Makes the text of a snapshot of what a cluster's API server answers. Source: docs/design/cluster.md,
// section 1. Does no I/O.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/base/result.h"
#include "workspace/cluster/cluster_kinds.h"
#include "workspace/cluster/snapshot.h"

namespace workspace {

// What owns an object as its controller; no name: nothing does.
struct OwnerKey {
  std::string api_version;
  std::string kind;
  std::string name;
};

// An object with what is read of it.
struct ClusterObject {
  const ClusterKind* kind = nullptr;
  std::string api_version;
  std::string ns;
  std::string name;
  std::string body;  // its JSON without apiVersion and kind
  OwnerKey owner;
};

struct ClusterPage {
  std::vector<ClusterObject> objects;
  std::string continue_token;  // empty: this was the last page
};

// Reads one page of a list, or one object. Objects that count for nothing are left out: pods that do not run,
// webhooks without a Service, ConfigMaps without a MeshConfig. An Error: the text is cut, or no such answer.
// Safe on any thread.
Result<ClusterPage> read_cluster_page(const ClusterKind& kind, std::string_view api_version,
                                      std::string_view text);

class SnapshotBuilder {
 public:
  void add(std::vector<ClusterObject> objects);
  // All that was added to another one.
  void add(SnapshotBuilder other);
  // The text of a snapshot file, with all that was added. Equal whatever the order in which that was.
  [[nodiscard]] std::string finish(const SnapshotHeader& header);

 private:
  struct Line {
    std::string kind;
    std::string ns;
    std::string name;
    std::string text;
    friend auto operator<=>(const Line&, const Line&) = default;
  };
  void add_pod(ClusterObject pod);
  void add_pods(std::vector<Line>& lines);
  void add_controllers(std::vector<Line>& lines) const;
  [[nodiscard]] OwnerKey top_owner(const ClusterObject& pod) const;

  std::vector<ClusterObject> whole_;
  std::vector<ClusterObject> pods_;  // of those that one owner makes alike, the first by name
  std::unordered_map<std::string, std::size_t> alike_;  // those, by owner and what they are like
  std::vector<ClusterObject> controllers_;
  std::map<std::string, OwnerKey, std::less<>> owners_;  // of what owns pods, by kind, namespace and name
  std::set<std::string, std::less<>> running_;           // controllers that have running pods, likewise
};

}  // namespace workspace
