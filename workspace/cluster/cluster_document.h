// The objects of a cluster as documents to read: a URI and a text in YAML each. Source:
// docs/design/cluster.md, section 4. Pure functions; safe on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/cluster/snapshot.h"
#include "workspace/text/text_range.h"

namespace workspace {

// "istio-mtls-cluster:/prod/foo/PeerAuthentication/default.yaml"; without a namespace that part is left out,
// and a kind that this program does not know by itself has its group behind it ("Rollout.argoproj.io").
std::string cluster_document_uri(std::string_view context, const ResourceId& id);
// The context of such a URI; none: it is another one.
std::optional<std::string> context_of_cluster_document(std::string_view uri);

// The object of a URI; null: there is none. Costs what the cluster is large.
const SnapshotObject* find_object(const Snapshot& cluster, std::string_view uri);
// The object around an offset of the snapshot's text; null: there is none.
const SnapshotObject* object_at(const Snapshot& cluster, std::uint32_t offset);

class ClusterDocument {
 public:
  ClusterDocument(const Snapshot& cluster, const SnapshotObject& object);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Where the text shows what stands at a range of the snapshot's text; its beginning, if that is nowhere.
  [[nodiscard]] ByteRange shown(ByteRange in_snapshot) const;

 private:
  struct Shown {
    ByteRange source;
    ByteRange text;
  };
  std::string text_;
  std::vector<Shown> shown_;  // by source
};

}  // namespace workspace
