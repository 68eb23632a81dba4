// textDocument/codeAction (LSP 3.17).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/basic.h"

namespace lsp::protocol {

// What tells one diagnostic from another when a client sends it back.
struct DiagnosticKey {
  Range range;
  std::string code;
  std::string source;
};

struct CodeActionParams {
  std::string uri;
  Range range;
  std::vector<DiagnosticKey> diagnostics;        // context.diagnostics
  std::optional<std::vector<std::string>> only;  // context.only
};

void from_json(const Json& json, CodeActionParams& params);

}  // namespace lsp::protocol
