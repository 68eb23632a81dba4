// The part of textDocument/completion that is the same in every mesh: keys, values and whole resources.
#pragma once

#include "checks/queries/completion.h"
#include "lsp/features/feature.h"

namespace lsp {

// Appends to `items`, behind what they hold; what has the label of one of those is left out.
void add_schema_items(const FeatureContext& context, const std::string& uri, const Session::Buffer& buffer,
                      const workspace::CursorContext& cursor, Json& items);

}  // namespace lsp
