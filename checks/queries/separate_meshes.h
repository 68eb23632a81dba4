// The configuration that tells apart the folders of a workspace that define one resource (MTLS0006).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"

namespace checks {

struct SeparateMeshes {
  std::vector<std::string> names;  // of the meshes: those of the folders
  std::string config;              // the text of a `.istio-mtls.yaml` in `root`
};

// Makes of each folder that defines the finding's resource a mesh, with all that is in none of these folders.
// None where that would not tell the definitions apart (one folder has them all) or would change more than
// that: another resource is defined twice in what a mesh would hold; something is built or rendered, which
// `meshes` would have to name; or files are in meshes that `meshes` would join. The text has been read again,
// and keeps the definitions apart. Costs what `root` is large.
std::optional<SeparateMeshes> separate_meshes(const Analysis& analysis, const std::string& root,
                                              const Finding& finding);

}  // namespace checks
