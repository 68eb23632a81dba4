// `.istio-mtls.yaml` -> settings (keys: docs/design/interfaces.md). Unknown keys and bad values are reported
// with their place and otherwise ignored, so a half-typed configuration never takes the server down. Pure
// functions: safe on any thread. Ranges are bytes of the whole text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/config/settings.h"
#include "workspace/text/text_range.h"

namespace workspace {

inline constexpr std::string_view kConfigFileName = ".istio-mtls.yaml";

struct ConfigProblem {
  std::string message;     // one line, no final full stop
  ByteRange range;         // in the configuration file's text
  bool is_unread = false;  // nothing of the document was read
};

struct ConfigFile {
  Settings settings;
  std::vector<MeshSettings>
      meshes;            // `settings` of each hold only its own keys; empty: the folder is one mesh
  std::string baseline;  // a file, relative to the configuration's folder; empty: none
  std::vector<ConfigProblem> problems;  // by place
};

// `known_codes`: what `severity` may name; when empty, everything that looks like a code.
ConfigFile read_config(std::string_view text, std::span<const std::string_view> known_codes = {});

// The meshes of a folder: `over` (editor or command line) over each mesh's own keys over the file's.
std::vector<MeshSettings> resolve_meshes(const ConfigFile& file, const Settings& over);

}  // namespace workspace
