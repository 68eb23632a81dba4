// textDocument/hover: what a part of a resource means in its mesh.
#pragma once

#include <string>

#include "checks/queries/locate.h"
#include "lsp/features/markup.h"

namespace lsp {

// Empty: nothing is to be said of it.
std::string hover_text(const workspace::Mesh& mesh, const checks::Element& element, const Markup& markup);

}  // namespace lsp
