// textDocument/codeAction: the fixes of the findings in a range and the comments that silence them, the
// removal of comments that silence nothing, and all preferred fixes of a document at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/finding.h"

namespace lsp {

inline constexpr std::string_view kFixAllKind = "source.fixAll.istioMtls";

// Does a client that asks for `wanted` want actions of `kind`? Kinds nest at dots.
bool kind_includes(std::string_view wanted, std::string_view kind);

// Adds the edits of one fix to those of others. False, and nothing is added, if they touch the same text in
// another way.
bool combine_edits(std::vector<checks::FileEdit>& all, const std::vector<checks::FileEdit>& more);

}  // namespace lsp
