// When the resources of the cluster that a mesh is laid over were created: a file that replaces one does not
// change that, and what the cluster does not have is younger than all it has. Source: docs/design/cluster.md,
// section 2.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "workspace/resources/metadata.h"
#include "workspace/resources/resource_id.h"

namespace workspace {

struct RunningAges {
  std::unordered_map<ResourceId, Instant, ResourceIdHash> created;  // of the kinds whose age counts

  [[nodiscard]] Instant of(const ResourceId& id) const {
    const auto at = created.find(id);
    return at == created.end() ? INT64_MAX : at->second;
  }
};

}  // namespace workspace
