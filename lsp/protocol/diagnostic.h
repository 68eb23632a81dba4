// textDocument/diagnostic and workspace/diagnostic (LSP 3.17).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/basic.h"

namespace lsp::protocol {

struct DocumentDiagnosticParams {
  std::string uri;
  std::optional<std::string> previousResultId;
};

struct PreviousResultId {
  std::string uri;
  std::string value;
};

struct WorkspaceDiagnosticParams {
  std::vector<PreviousResultId> previousResultIds;
  Json partialResultToken;  // null: the answer is wanted in one piece
};

void from_json(const Json& json, DocumentDiagnosticParams& params);
void from_json(const Json& json, WorkspaceDiagnosticParams& params);

}  // namespace lsp::protocol
