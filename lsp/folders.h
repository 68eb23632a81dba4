// The workspace folders and what decides how each is analysed: its `.istio-mtls.yaml`, the editor's settings,
// the command line. Turns them into the engine's mesh definitions. Engine thread; does no I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "lsp/text_store.h"
#include "workspace/config/config_file.h"
#include "workspace/files/discovery.h"

namespace lsp {

struct Folder {
  std::string uri;
  std::string path;
  workspace::Settings editor;    // what the editor says for this folder
  SharedText config_text;        // null: it has no configuration file
  workspace::ConfigFile config;  // of config_text
  // Of files with several: symlinks that lead to them. Null: there are none.
  std::shared_ptr<const checks::OtherNames> other_names;
  std::unordered_map<std::string, std::string> files_by_name;  // by each of those names
  bool reads_outside = false;                                  // symlinks lead to some of its files
  std::size_t unfollowed_links = 0;
  bool indexed = false;          // its files have been read once
  bool awaits_settings = false;  // the editor has been asked and has not answered
  [[nodiscard]] bool ready() const { return indexed && !awaits_settings; }
};

class Folders {
 public:
  Folders(workspace::Settings command_line, std::string config_file)
      : command_line_(std::move(command_line)), config_file_(std::move(config_file)) {}

  // Null if the URI names no folder of files, or one that is here already.
  Folder* add(const std::string& uri);
  bool remove(const std::string& uri);

  [[nodiscard]] std::vector<Folder>& all() { return folders_; }
  [[nodiscard]] const std::vector<Folder>& all() const { return folders_; }
  [[nodiscard]] Folder* find(const std::string& path);
  // The folder whose configuration file this is; null if it is none.
  [[nodiscard]] const Folder* configured_by(const std::string& path) const;
  // Is the file below a folder, and not where manifests are never looked for (.git, node_modules)?
  [[nodiscard]] bool contain(std::string_view path) const;
  // Have all folders around the file been read, so that nothing said about it is for lack of another file?
  [[nodiscard]] bool ready_for(std::string_view path) const;

  // After its files were looked for. False: they have the names that they had.
  static bool set_names(Folder& folder, const std::vector<workspace::OtherName>& others,
                        const std::vector<workspace::LinkedFile>& linked);
  // The name that a file goes by; the given one if it has no other.
  [[nodiscard]] std::string file_named(const std::string& name) const;
  [[nodiscard]] bool read_outside() const;

  [[nodiscard]] std::string config_path(const Folder& folder) const;
  static void set_config(Folder& folder, SharedText text);

  // What the editor says where it says nothing for a folder of its own.
  void set_editor(workspace::Settings settings) { editor_ = std::move(settings); }
  [[nodiscard]] const workspace::Settings& editor() const { return editor_; }
  // Editor and command line, as they go over the folder's configuration file.
  [[nodiscard]] workspace::Settings over(const Folder& folder) const;
  [[nodiscard]] workspace::Settings settings_outside_folders() const;

  // `planned`: what the folder's sources may divide further.
  [[nodiscard]] std::vector<checks::MeshDefinition> meshes() const;

  // After any change of folders, settings or configuration. True: some file's limits may be others now.
  bool update_limits();
  // Of the innermost folder around the file; outside of all what editor and command line say.
  [[nodiscard]] const workspace::Limits& limits(std::string_view path) const;

 private:
  workspace::Settings command_line_;
  std::string config_file_;
  workspace::Settings editor_;
  std::vector<std::pair<std::string, workspace::Limits>> limits_;  // by folder, inner ones first
  workspace::Limits loose_limits_;
  std::vector<Folder> folders_;
};

std::vector<std::string_view> known_codes();

}  // namespace lsp
