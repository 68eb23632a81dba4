#include "checks/engine/mesh_definition.h"

#include <algorithm>
#include <tuple>

#include "workspace/files/glob.h"

namespace checks {

namespace {

bool matches_any(const std::vector<std::string>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(),
                     [path](const std::string& glob) { return workspace::glob_match(glob, path); });
}

}  // namespace

bool operator==(const MeshDefinition& a, const MeshDefinition& b) {
  const bool same_members =
      a.members == b.members || (a.members != nullptr && b.members != nullptr && *a.members == *b.members);
  return same_members && std::tie(a.name, a.root, a.include, a.settings, a.scope, a.unseen, a.planned) ==
                             std::tie(b.name, b.root, b.include, b.settings, b.scope, b.unseen, b.planned);
}

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
