#include "lsp/folders.h"

#include <algorithm>
#include <utility>

#include "checks/registry.h"
#include "workspace/base/uri.h"

namespace lsp {
namespace {

bool passes_through(std::string_view path, std::string_view name) {
  for (std::size_t at = path.find(name); at != std::string_view::npos; at = path.find(name, at + 1)) {
    const bool begins = at > 0 && path[at - 1] == '/';
    const std::size_t end = at + name.size();
    if (begins && end < path.size() && path[end] == '/') return true;
  }
  return false;
}

bool is_looked_at(std::string_view path, const Folder& folder) {
  if (!workspace::is_below(path, folder.path)) return false;
  const std::string_view relative = path.substr(folder.path == "/" ? 0 : folder.path.size());
  return !passes_through(relative, ".git") && !passes_through(relative, "node_modules");
}

}  // namespace

Folder* Folders::add(const std::string& uri) {
  const auto path = workspace::path_of_file_uri(uri);
  if (!path || find(*path) != nullptr) return nullptr;
  Folder& folder = folders_.emplace_back();
  folder.uri = uri;
  folder.path = *path;
  return &folder;
}

bool Folders::remove(const std::string& uri) {
  const auto path = workspace::path_of_file_uri(uri);
  return path && std::erase_if(folders_, [&](const Folder& folder) { return folder.path == *path; }) > 0;
}

Folder* Folders::find(const std::string& path) {
  const auto found = std::find_if(folders_.begin(), folders_.end(),
                                  [&](const Folder& folder) { return folder.path == path; });
  return found == folders_.end() ? nullptr : &*found;
}

const Folder* Folders::configured_by(const std::string& path) const {
  const auto found = std::find_if(folders_.begin(), folders_.end(),
                                  [&](const Folder& folder) { return config_path(folder) == path; });
  return found == folders_.end() ? nullptr : &*found;
}

bool Folders::contain(std::string_view path) const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [&](const Folder& folder) { return is_looked_at(path, folder); });
}

bool Folders::ready_for(std::string_view path) const {
  return std::all_of(folders_.begin(), folders_.end(), [&](const Folder& folder) {
    return folder.ready() || !workspace::is_below(path, folder.path);
  });
}

bool Folders::set_names(Folder& folder, const std::vector<workspace::OtherName>& others,
                        const std::vector<workspace::LinkedFile>& linked) {
  std::unordered_map<std::string, std::string> by_name;
  checks::OtherNames names;
  for (const workspace::OtherName& other : others) {
    by_name[other.name] = other.file;
    names[other.file].push_back(other.name);
  }
  folder.reads_outside = false;
  for (const workspace::LinkedFile& file : linked) {
    by_name[file.real] = file.path;
    folder.reads_outside |= !workspace::is_below(file.real, folder.path);
  }
  if (by_name == folder.files_by_name) return false;
  folder.files_by_name = std::move(by_name);
  folder.other_names = names.empty() ? nullptr : std::make_shared<const checks::OtherNames>(std::move(names));
  return true;
}

std::string Folders::file_named(const std::string& name) const {
  for (const Folder& folder : folders_) {
    const auto found = folder.files_by_name.find(name);
    if (found != folder.files_by_name.end()) return found->second;
  }
  return name;
}

bool Folders::read_outside() const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [](const Folder& folder) { return folder.reads_outside; });
}

std::string Folders::config_path(const Folder& folder) const {
  if (!config_file_.empty()) return config_file_;
  const std::string base = folder.path == "/" ? "" : folder.path;
  return base + "/" + std::string(workspace::kConfigFileName);
}

void Folders::set_config(Folder& folder, SharedText text) {
  folder.config = text ? workspace::read_config(text->bytes, known_codes()) : workspace::ConfigFile{};
  folder.config_text = std::move(text);
}

workspace::Settings Folders::over(const Folder& folder) const {
  return layered(folder.editor, settings_outside_folders());
}

workspace::Settings Folders::settings_outside_folders() const { return layered(editor_, command_line_); }

std::vector<checks::MeshDefinition> Folders::meshes() const {
  std::vector<checks::MeshDefinition> meshes;
  for (const Folder& folder : folders_) {
    for (workspace::MeshSettings& mesh : resolve_meshes(folder.config, over(folder))) {
      mesh.settings.limits.clear();  // count where files are read, and nowhere in a mesh
      checks::MeshDefinition& definition = meshes.emplace_back();
      definition.name = std::move(mesh.name);
      definition.root = folder.path;
      definition.include = std::move(mesh.include);
      definition.builds = std::move(mesh.builds);
      definition.settings = std::move(mesh.settings);
      definition.other_names = folder.other_names;
      definition.planned = folder.config.meshes.empty();
    }
  }
  return meshes;
}

bool Folders::update_limits() {
  std::vector<std::pair<std::string, workspace::Limits>> limits;
  for (const Folder& folder : folders_) {
    limits.emplace_back(folder.path, limits_of(layered(over(folder), folder.config.settings).limits));
  }
  std::sort(limits.begin(), limits.end(),
            [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  const workspace::Limits loose = limits_of(settings_outside_folders().limits);
  if (limits == limits_ && loose == loose_limits_) return false;
  limits_ = std::move(limits);
  loose_limits_ = loose;
  return true;
}

const workspace::Limits& Folders::limits(std::string_view path) const {
  const auto folder = std::find_if(limits_.begin(), limits_.end(),
                                   [&](const auto& known) { return workspace::is_below(path, known.first); });
  return folder == limits_.end() ? loose_limits_ : folder->second;
}

std::vector<std::string_view> known_codes() {
  std::vector<std::string_view> codes;
  for (const checks::Check* check : checks::all_checks()) codes.push_back(check->code);
  return codes;
}

}  // namespace lsp
