// A snapshot of a cluster: what the analysis needs of it, as one JSON List. Source: docs/design/cluster.md,
// section 1. Immutable once read; safe on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/base/result.h"
#include "workspace/cluster/running_ages.h"
#include "workspace/resources/resource_id.h"
#include "workspace/sources/file_facts.h"

namespace workspace {

// Of the files that this program writes, and the newest that it reads.
inline constexpr int kSnapshotVersion = 1;

// What the annotations of the List say.
struct SnapshotHeader {
  std::string context;                // kubectl's name of the cluster
  std::string taken;                  // RFC 3339, UTC
  std::string server_version;         // "v1.34.3"; empty: not known
  std::string default_namespace;      // of the context; empty: none is set
  std::vector<std::string> not_read;  // "AuthorizationPolicy: forbidden ..."; makes a mesh partial
};

struct SnapshotObject {
  ResourceId id;
  std::optional<ResourceId> controller;  // of a Pod: what makes it
  DocumentState document;                // of one resource
};

// Where the objects of a name are, and a controller's pods. Costs two words an object.
class SnapshotIndex {
 public:
  SnapshotIndex() = default;
  explicit SnapshotIndex(const std::vector<SnapshotObject>& objects);
  // Told of each object that may have that id or that controller, by its index. A few others may be among
  // them.
  template <class Tell>
  void find(const ResourceId& id, const Tell& tell) const {
    const auto first = lower_bound(ResourceIdHash()(id));
    for (auto at = first; at != entries_.end() && at->first == ResourceIdHash()(id); ++at) tell(at->second);
  }

 private:
  using Entries = std::vector<std::pair<std::size_t, std::uint32_t>>;  // hash of an id, object
  [[nodiscard]] Entries::const_iterator lower_bound(std::size_t hash) const;

  Entries entries_;  // sorted
};

struct Snapshot {
  SnapshotHeader header;
  std::shared_ptr<const std::string> text;
  std::vector<SnapshotObject> objects;  // in the order of the text
  SnapshotIndex index;                  // of `objects`
  std::shared_ptr<const RunningAges> ages;
};

// `name` is what messages call the file. An Error: not a snapshot, one of a newer version, or cut.
Result<std::shared_ptr<const Snapshot>> read_snapshot(const std::string& name, std::string text);

// Reports whether a text is that of a snapshot, whole or not. Looks at its beginning only.
bool is_snapshot_text(std::string_view text);

// The snapshot without the objects of an id; none: there is no such object.
std::shared_ptr<const Snapshot> without(const Snapshot& snapshot, const ResourceId& id);

// The objects of a cluster are documents of parts of so many objects, so that one that a file replaces costs
// no more than its part.
inline constexpr std::size_t kObjectsInPart = 64;

// The path that the documents of a part go by: no file has such a path, and it comes after those of all
// files. Parts are in the order of their objects.
std::string cluster_path(std::string_view context, std::size_t part);
bool is_cluster_path(std::string_view path);
// "prod", of cluster_path("prod", …).
std::string_view cluster_name(std::string_view path);

}  // namespace workspace
