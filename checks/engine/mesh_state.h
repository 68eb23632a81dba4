// What an Analysis holds of one of its meshes.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "checks/engine/analysis.h"
#include "checks/engine/check_set.h"
#include "checks/engine/finding_store.h"
#include "checks/engine/overlay.h"
#include "workspace/base/compact_string.h"
#include "workspace/mesh/mesh.h"

namespace checks {

struct MeshState {
  MeshState(const CheckSet& checks, MeshDefinition mesh_definition);

  MeshDefinition definition;
  workspace::Mesh mesh;
  FindingStore findings;
  std::set<workspace::CompactString> broken;  // files with documents that are not valid YAML

  // Whether a file of that path is part of the mesh.
  [[nodiscard]] bool contains(std::string_view path) const { return checks::contains(definition, path); }
  // Replaces a file of the mesh; null: takes it out.
  void put(const workspace::CompactString& path, const std::shared_ptr<const workspace::FileFacts>& facts);
  // Brings in what the files leave of the cluster that they are laid over. To be called before each commit.
  void lay_over_cluster();

 private:
  std::optional<Overlay> overlay_;  // none: there is no cluster
};

}  // namespace checks
