#include "lsp/protocol/code_action.h"

#include <nlohmann/json.hpp>

namespace lsp::protocol {
namespace {

DiagnosticKey key_of(const Json& diagnostic) {
  DiagnosticKey key;
  from_json(required(diagnostic, "range"), key.range);
  key.code = optional_string(diagnostic, "code").value_or("");
  key.source = optional_string(diagnostic, "source").value_or("");
  return key;
}

}  // namespace

void from_json(const Json& json, CodeActionParams& params) {
  params.uri = required_string(required(json, "textDocument"), "uri");
  from_json(required(json, "range"), params.range);
  const Json* context = optional_field(json, "context");
  if (context == nullptr) return;
  if (const Json* diagnostics = optional_field(*context, "diagnostics");
      diagnostics && diagnostics->is_array()) {
    for (const Json& diagnostic : *diagnostics) params.diagnostics.push_back(key_of(diagnostic));
  }
  const Json* only = optional_field(*context, "only");
  if (only == nullptr) return;
  params.only.emplace();
  if (!only->is_array()) throw InvalidParams("'only' must be an array");
  for (const Json& kind : *only) {
    if (kind.is_string()) params.only->push_back(kind.get<std::string>());
  }
}

}  // namespace lsp::protocol
