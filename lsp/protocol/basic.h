// The wire structs that everything else is made of, in the spelling of LSP 3.17.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "lsp/protocol/fields.h"

namespace lsp::protocol {

struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  friend bool operator==(const Position&, const Position&) = default;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Range {
  Position start;
  Position end;
  friend bool operator==(const Range&, const Range&) = default;
};

struct TextDocumentIdentifier {
  std::string uri;
};

// The params of every request about a place in a document.
struct TextDocumentPositionParams {
  TextDocumentIdentifier textDocument;
  Position position;
};

// The params of every request about a whole document.
struct TextDocumentParams {
  TextDocumentIdentifier textDocument;
};

void from_json(const Json& json, Position& position);
void from_json(const Json& json, Range& range);
void from_json(const Json& json, TextDocumentIdentifier& document);
void from_json(const Json& json, TextDocumentPositionParams& params);
void from_json(const Json& json, TextDocumentParams& params);
void to_json(Json& json, const Position& position);
void to_json(Json& json, const Range& range);

}  // namespace lsp::protocol
