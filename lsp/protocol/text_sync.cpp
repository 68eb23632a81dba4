#include "lsp/protocol/text_sync.h"

#include <nlohmann/json.hpp>

namespace lsp::protocol {

void from_json(const Json& json, DidOpenTextDocumentParams& params) {
  const Json& document = required(json, "textDocument");
  params.textDocument.uri = required_string(document, "uri");
  params.textDocument.languageId = optional_string(document, "languageId").value_or("");
  params.textDocument.version = required_integer(document, "version");
  params.textDocument.text = required_string(document, "text");
}

void from_json(const Json& json, DidChangeTextDocumentParams& params) {
  const Json& document = required(json, "textDocument");
  params.uri = required_string(document, "uri");
  // Some clients send null for a version they do not track.
  if (optional_field(document, "version") != nullptr) params.version = required_integer(document, "version");
  for (const Json& item : required_array(json, "contentChanges")) {
    TextDocumentContentChangeEvent change;
    if (const Json* range = optional_field(item, "range")) from_json(*range, change.range.emplace());
    change.text = required_string(item, "text");
    params.contentChanges.push_back(std::move(change));
  }
}

}  // namespace lsp::protocol
