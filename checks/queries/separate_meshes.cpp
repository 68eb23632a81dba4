#include "checks/queries/separate_meshes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "checks/engine/field_ref.h"
#include "checks/engine/mesh_definition.h"
#include "workspace/base/uri.h"
#include "workspace/config/config_file.h"
#include "workspace/files/glob.h"
#include "workspace/sources/workspace_builds.h"

namespace checks {

namespace {

using workspace::ResourceId;
using Files = std::set<std::string_view>;

constexpr std::size_t kMaxFolders = 8;  // more are not meant to be read in one file

// Where each resource of the folder is defined; and the one that the finding is about.
struct Definitions {
  std::map<ResourceId, Files> files;
  std::optional<ResourceId> wanted;
};

// None where a file is built, or is one that builds.
std::optional<Definitions> definitions_in(const Analysis& analysis, const std::string& root,
                                          const Finding& finding) {
  Definitions found;
  for (const MeshView& view : analysis.meshes_of_any_scope()) {
    for (const auto& entry : view.mesh.files()) {
      const std::string_view path = entry.path.view();
      const bool is_build = entry.facts->origin != nullptr || workspace::has_kustomization_name(path);
      if (is_build && workspace::is_below(path, root)) return std::nullopt;
    }
    view.mesh.for_each_resource([&](const workspace::ResourceNode& node) {
      for (std::uint32_t i = 0; i < node.definitions.size(); ++i) {
        const std::string_view file = node.definitions[i].document->file->path.view();
        if (!workspace::is_below(file, root)) continue;
        found.files[node.id].insert(file);
        if (file != finding.at.file) continue;
        const auto name = location_of(name_of(&node, i));
        if (name && name->range == finding.at.range) found.wanted = node.id;
      }
    });
  }
  return found;
}

// The folder right below `parent` that a file is in, with its path; empty: it is in none.
std::string_view child_folder(std::string_view file, std::string_view parent) {
  if (!workspace::is_below(file, parent)) return {};
  const std::size_t end = file.find('/', parent.size() + 1);
  return end == std::string_view::npos ? std::string_view() : file.substr(0, end);
}

// The innermost folder around all of them.
std::string common_folder(const Files& files) {
  std::string folder = workspace::parent_path(*files.begin());
  const auto holds_all = [&] {
    return std::all_of(files.begin(), files.end(),
                       [&](std::string_view file) { return workspace::is_below(file, folder); });
  };
  while (!holds_all()) folder = workspace::parent_path(folder);
  return folder;
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

std::string config_of(const std::vector<std::string>& folders, const std::string& root) {
  std::string text =
      "# Folders that are deployed separately: each is a mesh, with all that is in none of them.\nmeshes:\n";
  for (const std::string& folder : folders) {
    std::string others;
    for (const std::string& other : folders) {
      if (other == folder) continue;
      others += (others.empty() ? "" : ", ") + quoted(workspace::glob_escape(other.substr(root.size() + 1)));
    }
    text += fmt::format("  - name: {}\n    exclude: [{}]\n", quoted(workspace::base_name(folder)), others);
  }
  return text;
}

// Whether the text is read without complaint, and each of the files is in one of its meshes.
bool tells_apart(const std::string& text, const std::string& root, const Files& files) {
  const workspace::ConfigFile config = workspace::read_config(text);
  if (!config.problems.empty()) return false;
  std::vector<MeshDefinition> meshes;
  for (workspace::MeshSettings& mesh : workspace::resolve_meshes(config, {})) {
    MeshDefinition& definition = meshes.emplace_back();
    definition.root = root;
    definition.include = std::move(mesh.include);
    definition.settings = std::move(mesh.settings);
  }
  const auto is_in_one = [&](std::string_view file) {
    return std::count_if(meshes.begin(), meshes.end(),
                         [&](const auto& mesh) { return contains(mesh, file); }) == 1;
  };
  return std::all_of(files.begin(), files.end(), is_in_one);
}

}  // namespace

std::optional<SeparateMeshes> separate_meshes(const Analysis& analysis, const std::string& root,
                                              const Finding& finding) {
  // Some files are looked at by themselves, as test data is: `meshes` would bring them in.
  if (analysis.meshes().size() != analysis.meshes_of_any_scope().size()) return std::nullopt;
  const auto definitions = definitions_in(analysis, root, finding);
  if (!definitions || !definitions->wanted) return std::nullopt;
  const Files& files = definitions->files.at(*definitions->wanted);
  const std::string parent = common_folder(files);
  std::set<std::string> folders;
  for (const std::string_view file : files) folders.insert(std::string(child_folder(file, parent)));
  if (folders.size() < 2 || folders.size() > kMaxFolders || folders.contains("")) return std::nullopt;
  // Found meshes are those folders, or all is one.
  const std::size_t found = analysis.meshes().size();
  if (found != 1 && found != folders.size()) return std::nullopt;

  for (const auto& [id, places] : definitions->files) {
    if (places.size() < 2) continue;
    std::set<std::string_view> apart;
    for (const std::string_view file : places) {
      const std::string_view folder = child_folder(file, parent);
      if (!folders.contains(std::string(folder)) || !apart.insert(folder).second) return std::nullopt;
    }
  }
  SeparateMeshes result;
  const std::vector<std::string> sorted(folders.begin(), folders.end());
  for (const std::string& folder : sorted) result.names.emplace_back(workspace::base_name(folder));
  result.config = config_of(sorted, root);
  if (!tells_apart(result.config, root, files)) return std::nullopt;
  return result;
}

}  // namespace checks
