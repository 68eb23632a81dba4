#include "checks/engine/mesh_definition.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "workspace/cluster/snapshot.h"
#include "workspace/files/glob.h"
#include "workspace/sources/build_facts.h"

namespace checks {

namespace {

bool matches_any(const std::vector<std::string>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(),
                     [path](const std::string& glob) { return workspace::glob_match(glob, path); });
}

// By a name that it goes by.
bool contains_named(const MeshDefinition& definition, std::string_view path) {
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
  if (!definition.planned && workspace::is_build_path(relative)) {
    const std::size_t end = relative.rfind('/');
    return matches_any(definition.builds, end == std::string_view::npos ? "." : relative.substr(0, end));
  }
  const bool is_every_file = definition.include.empty() && definition.builds.empty();
  if (!is_every_file && !matches_any(definition.include, relative)) return false;
  return !matches_any(definition.settings.exclude, relative);
}

template <class T>
bool same_value(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

bool operator==(const MeshDefinition& a, const MeshDefinition& b) {
  const bool same_files = same_value(a.members, b.members) && same_value(a.other_names, b.other_names);
  const auto rest = [](const MeshDefinition& mesh) {
    return std::tie(mesh.name, mesh.root, mesh.include, mesh.builds, mesh.settings, mesh.scope, mesh.unseen,
                    mesh.planned, mesh.cluster);
  };
  return same_files && rest(a) == rest(b);
}

void lay_over(MeshDefinition& mesh, std::shared_ptr<const workspace::Snapshot> cluster) {
  const std::string& ns = cluster->header.default_namespace;
  if (!mesh.settings.default_namespace && !ns.empty()) mesh.settings.default_namespace = ns;
  mesh.cluster = std::move(cluster);
}

bool contains(const MeshDefinition& definition, std::string_view path) {
  if (definition.members != nullptr &&
      definition.members->paths.contains(path) == definition.members->are_left_out) {
    return false;
  }
  if (contains_named(definition, path)) return true;
  if (definition.other_names == nullptr) return false;
  const auto names = definition.other_names->find(path);
  return names != definition.other_names->end() &&
         std::any_of(names->second.begin(), names->second.end(),
                     [&](const std::string& name) { return contains_named(definition, name); });
}

bool have_builds(const std::vector<MeshDefinition>& meshes) {
  return std::any_of(meshes.begin(), meshes.end(), [](const MeshDefinition& mesh) {
    return mesh.planned || !mesh.builds.empty() || mesh.settings.helm.value_or(false);
  });
}

}  // namespace checks
