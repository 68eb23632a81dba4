// A request to read a manifest, and the limits that hold for it.
#pragma once

#include <string>

#include "workspace/config/limits.h"

namespace workspace {

struct ReadRequest {
  std::string path;
  Limits limits;
  // Whether the snapshot of a cluster is read as the manifests that it holds: where it is asked for by name.
  // Elsewhere it is no manifest of the files around it.
  bool takes_snapshot = false;
};

}  // namespace workspace
