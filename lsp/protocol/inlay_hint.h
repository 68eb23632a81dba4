// textDocument/inlayHint and codeLens/resolve (LSP 3.17).
#pragma once

#include <string>

#include "lsp/protocol/basic.h"

namespace lsp::protocol {

struct InlayHintParams {
  std::string uri;
  Range range;
};

// A lens as we sent it.
struct CodeLens {
  std::string uri;        // data.uri
  std::int64_t kind = 0;  // data.kind: which of those at the range
  Range range;
};

void from_json(const Json& json, InlayHintParams& params);
void from_json(const Json& json, CodeLens& lens);

}  // namespace lsp::protocol
