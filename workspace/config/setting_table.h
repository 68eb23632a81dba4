// The table of settings: each key, what it holds, what counts where nothing sets it, and where it may stand.
//
// `.istio-mtls.yaml` and the settings of editors are read row by row. Tests hold docs/config.schema.json,
// docs/configuration.md, the settings of the VS Code extension and the options of the command line to the
// rows. Pure functions: safe on any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "workspace/config/config_file.h"
#include "workspace/config/editor_settings.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// Where a key may stand, as bits.
using SettingPlaces = std::uint8_t;
inline constexpr SettingPlaces kInFolder = 1;  // at the top of `.istio-mtls.yaml`
inline constexpr SettingPlaces kInMesh = 2;    // in an item of its `meshes`
inline constexpr SettingPlaces kInChart = 4;   // in an item of `charts`, of the file and of editors
inline constexpr SettingPlaces kInEditor = 8;

class SettingReader;

struct SettingRow {
  std::string_view key;
  SettingPlaces places;
  std::string_view type;  // in the words of settings_schema::Setting::type
  void (SettingReader::*read)(const SettingRow& row, const yaml::Value& value);
  std::string_view expected = {};  // what a value should have been, for messages
  std::string_view fallback = {};  // what counts where nothing sets it; empty: nothing
  std::string_view option = {};    // of the command line; empty: none
  std::string_view expected_in_editor = expected;

  [[nodiscard]] bool may_stand(SettingPlaces place) const { return (places & place) != 0; }
};

// In the order in which an editor's bad values are reported.
std::span<const SettingRow> setting_table();

// Reads the root of a configuration file into `file`. `known_codes`: see read_config; `shift`: where the text
// that `root` was read from begins in the file.
void read_folder_settings(const yaml::Value& root, std::span<const std::string_view> known_codes,
                          std::uint32_t shift, ConfigFile& file);

// Reads the keys of an editor. In `section`, as in JSON, a text is in quotes.
EditorSettings read_editor_keys(const yaml::Value& section);

}  // namespace workspace
