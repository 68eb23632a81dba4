// The editor's settings (section `istioMtls`, keys as in `.istio-mtls.yaml`) -> Settings.
//
// Bad values are reported and ignored; keys that are not ours are left alone, since extensions keep theirs
// beside them. An empty string and null mean "not set": that is what editors send for a setting nobody
// touched.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lsp/new_findings.h"
#include "workspace/config/settings.h"

namespace lsp {

// `schemaHelp`: when keys, values and templates that are the same in every mesh are completed, and keys are
// explained.
enum class SchemaHelpWhen : std::uint8_t {
  Auto,  // but in files that name a schema for yaml-language-server
  Always,
  Never,
};

struct EditorSettings {
  workspace::Settings settings;
  std::string build;  // to be shown where several are built of a file; empty: none
  std::optional<std::chrono::minutes> cluster_refresh;  // how often clusters are read anew; none: when asked
  bool shows_hints = true;                              // inlay hints
  bool shows_lenses = true;                             // code lenses
  std::chrono::milliseconds diagnostics_delay = NewFindings::kDefaultDelay;
  SchemaHelpWhen schema_help = SchemaHelpWhen::Auto;
  std::optional<bool> pull;           // `diagnostics`: "push" or "pull"; counts at the start only
  std::vector<std::string> problems;  // one line each, naming the key
};

// `json` is the section itself, or an object that holds it under `istioMtls`.
EditorSettings read_editor_settings(const nlohmann::json& json);

}  // namespace lsp
