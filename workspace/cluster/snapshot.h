// A snapshot of a cluster: what the analysis needs of it, as one JSON List. Source: docs/design/cluster.md,
// section 1. Immutable once read; safe on any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

struct Snapshot {
  SnapshotHeader header;
  std::shared_ptr<const std::string> text;
  std::vector<SnapshotObject> objects;  // in the order of the text
  std::shared_ptr<const RunningAges> ages;
};

// `name` is what messages call the file. An Error: not a snapshot, one of a newer version, or cut.
Result<std::shared_ptr<const Snapshot>> read_snapshot(const std::string& name, std::string text);

// The snapshot without the objects of an id; none: there is no such object.
std::shared_ptr<const Snapshot> without(const Snapshot& snapshot, const ResourceId& id);

// The path that a cluster's documents go by: no file has such a path, and it comes after those of all files.
std::string cluster_path(std::string_view context);
bool is_cluster_path(std::string_view path);
// "prod", of cluster_path("prod").
std::string_view cluster_name(std::string_view path);

}  // namespace workspace
