#include "checks/engine/mesh_state.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "workspace/files/glob.h"

namespace checks {

namespace {

bool matches_any(const std::vector<std::string>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(),
                     [path](const std::string& glob) { return workspace::glob_match(glob, path); });
}

}  // namespace

MeshState::MeshState(const CheckSet& checks, MeshDefinition mesh_definition)
    : definition(std::move(mesh_definition)),
      mesh(definition.settings),
      findings(checks, mesh, definition.unseen) {}

bool contains(const MeshDefinition& definition, std::string_view path) {
  if (definition.members != nullptr &&
      definition.members->paths.contains(path) == definition.members->are_left_out) {
    return false;
  }
  std::string_view relative = path;
  if (!definition.root.empty() && definition.root != "/") {
    if (!relative.starts_with(definition.root) || relative.size() <= definition.root.size() ||
        relative[definition.root.size()] != '/') {
      return false;
    }
    relative.remove_prefix(definition.root.size() + 1);
  } else if (relative.starts_with('/')) {
    relative.remove_prefix(1);
  }
  if (!definition.include.empty() && !matches_any(definition.include, relative)) return false;
  return !matches_any(definition.settings.exclude, relative);
}

}  // namespace checks
