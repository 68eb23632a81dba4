// textDocument/didOpen, didChange, didSave, didClose (LSP 3.17).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/basic.h"

namespace lsp::protocol {

struct TextDocumentItem {
  std::string uri;
  std::string languageId;
  std::int64_t version = 0;
  std::string text;
};

struct DidOpenTextDocumentParams {
  TextDocumentItem textDocument;
};

struct TextDocumentContentChangeEvent {
  std::optional<Range> range;  // none: the whole text
  std::string text;
};

struct DidChangeTextDocumentParams {
  std::string uri;
  std::int64_t version = 0;
  std::vector<TextDocumentContentChangeEvent> contentChanges;
};

void from_json(const Json& json, DidOpenTextDocumentParams& params);
void from_json(const Json& json, DidChangeTextDocumentParams& params);

}  // namespace lsp::protocol
