// The editor's settings (section `istioMtls`, keys as in `.istio-mtls.yaml`) -> Settings.
//
// Bad values are reported and ignored; keys that are not ours are left alone, since extensions keep theirs
// beside them. An empty string and null mean "not set": that is what editors send for a setting nobody
// touched.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "workspace/config/editor_settings.h"

namespace lsp {

using workspace::EditorSettings;
using workspace::SchemaHelpWhen;

// `json` is the section itself, or an object that holds it under `istioMtls`.
EditorSettings read_editor_settings(const nlohmann::json& json);

}  // namespace lsp
