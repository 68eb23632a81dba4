// What a key or a value means (checks/queries/schema_help.h), for hovers and completion.
#pragma once

#include <string>
#include <string_view>

#include "checks/queries/schema_help.h"
#include "lsp/features/markup.h"

namespace lsp {

// A sentence of the reference, in which names stand in backticks; in plain text without those.
std::string sentence_text(std::string_view sentence, const Markup& markup);
// The description and the address of its page; empty: there is neither.
std::string description_text(const checks::SchemaHelp& help, const Markup& markup, bool markdown);
// The key, its type and the above, for a hover. `brief`: without the type, behind what the mesh says.
std::string help_text(const checks::SchemaHelp& help, const Markup& markup, bool markdown, bool brief);

}  // namespace lsp
