// Which files and builds are analysed together, and how. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "workspace/config/settings.h"

namespace workspace {
struct Snapshot;
}  // namespace workspace

namespace checks {

// What cannot be said of a mesh because something of it was not seen. Source: docs/design/sources.md,
// section 2.
struct Unseen {
  bool documents = false;  // any: nothing may rest on absence
  bool pods = false;       // those of charts
  friend bool operator==(const Unseen&, const Unseen&) = default;
};

// What is looked for in the files of a mesh.
enum class MeshScope : std::uint8_t {
  Whole,         // all that the checks find
  EachByItself,  // what a document says by itself: nothing is compared
  ValidYaml,     // only whether each document is valid: builds say the rest
};

// Files and builds (workspace/sources/build_facts.h) by path.
struct MeshMembers {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
  };
  bool are_left_out = false;  // all but these
  std::unordered_set<std::string, Hash, std::equal_to<>> paths;
  friend bool operator==(const MeshMembers&, const MeshMembers&) = default;
};

// What else files are called, by path: symlinks that lead to them.
using OtherNames = std::map<std::string, std::vector<std::string>, std::less<>>;

// A mesh is a set of files and builds analysed together (docs/design/mtls-semantics.md, section 1).
struct MeshDefinition {
  std::string name = "default";
  std::string root;  // absolute folder; globs are relative to it
  // Configured: globs of files, and of folders whose kustomization is built. Both empty: every file below
  // root.
  std::vector<std::string> include;
  std::vector<std::string> builds = {};
  workspace::Settings settings;  // exclude included
  // Of the files below root, those that are in it; null: all.
  std::shared_ptr<const MeshMembers> members = nullptr;
  // A file is in it by any of its names; null: none has another.
  std::shared_ptr<const OtherNames> other_names = nullptr;
  MeshScope scope = MeshScope::Whole;
  Unseen unseen = {};
  bool planned = false;  // found, not configured: findings name it where there are several
  // What its files are laid over (docs/design/cluster.md, section 2); null: nothing.
  std::shared_ptr<const workspace::Snapshot> cluster = nullptr;
  friend bool operator==(const MeshDefinition& a, const MeshDefinition& b);
};

// Has a mesh laid over a cluster: documents without a namespace go to that of its context, unless a setting
// says another.
void lay_over(MeshDefinition& mesh, std::shared_ptr<const workspace::Snapshot> cluster);

// Whether a file or build of that path is part of the mesh.
bool contains(const MeshDefinition& mesh, std::string_view path);

// Whether kustomizations may have to be built for the meshes of one folder: those that are found, or that
// name builds; or charts to be rendered.
bool have_builds(const std::vector<MeshDefinition>& meshes);

}  // namespace checks
