// What an editor sets: what a configuration file may, and what is for editors only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/config/settings.h"

namespace workspace {

inline constexpr std::string_view kEditorSection = "istioMtls";  // what the keys stand below

// `schemaHelp`: when keys, values and templates that are the same in every mesh are completed, and keys are
// explained.
enum class SchemaHelpWhen : std::uint8_t {
  Auto,  // but in files that name a schema for yaml-language-server
  Always,
  Never,
};

inline constexpr std::chrono::milliseconds kDefaultDiagnosticsDelay{400};

struct EditorSettings {
  Settings settings;
  std::string build;                        // to be shown where several are built of a file; empty: none
  std::chrono::minutes cluster_refresh{0};  // how often clusters are read anew; 0: when asked
  bool shows_hints = true;                  // inlay hints
  bool shows_lenses = true;                 // code lenses
  std::chrono::milliseconds diagnostics_delay = kDefaultDiagnosticsDelay;
  SchemaHelpWhen schema_help = SchemaHelpWhen::Auto;
  std::optional<bool> pull;           // `diagnostics`: "push" or "pull"; counts at the start only
  std::vector<std::string> problems;  // one line each, naming the key
  friend bool operator==(const EditorSettings&, const EditorSettings&) = default;
};

}  // namespace workspace
