#include "lsp/protocol/diagnostic.h"

namespace lsp::protocol {

void from_json(const Json& json, DocumentDiagnosticParams& params) {
  params.uri = required_string(required(json, "textDocument"), "uri");
  params.previousResultId = optional_string(json, "previousResultId");
}

void from_json(const Json& json, WorkspaceDiagnosticParams& params) {
  if (const Json* token = optional_field(json, "partialResultToken")) params.partialResultToken = *token;
  const Json* previous = optional_field(json, "previousResultIds");
  if (previous == nullptr) return;
  if (!previous->is_array()) throw InvalidParams("'previousResultIds' must be an array");
  params.previousResultIds.reserve(previous->size());
  for (const Json& known : *previous) {
    params.previousResultIds.push_back({required_string(known, "uri"), required_string(known, "value")});
  }
}

}  // namespace lsp::protocol
