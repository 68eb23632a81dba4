#include "lsp/protocol/basic.h"

#include <nlohmann/json.hpp>

namespace lsp::protocol {

void from_json(const Json& json, Position& position) {
  position.line = required_uinteger(json, "line");
  position.character = required_uinteger(json, "character");
}

void from_json(const Json& json, Range& range) {
  from_json(required(json, "start"), range.start);
  from_json(required(json, "end"), range.end);
}

void from_json(const Json& json, TextDocumentIdentifier& document) {
  document.uri = required_string(json, "uri");
}

void from_json(const Json& json, TextDocumentPositionParams& params) {
  from_json(required(json, "textDocument"), params.textDocument);
  from_json(required(json, "position"), params.position);
}

void from_json(const Json& json, TextDocumentParams& params) {
  from_json(required(json, "textDocument"), params.textDocument);
}

void to_json(Json& json, const Position& position) {
  json = Json{{"line", position.line}, {"character", position.character}};
}

void to_json(Json& json, const Range& range) { json = Json{{"start", range.start}, {"end", range.end}}; }

}  // namespace lsp::protocol
