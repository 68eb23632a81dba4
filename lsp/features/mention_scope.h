// By which settings the names in a file are read (checks/queries/mentions.h).
#pragma once

#include <string>

#include "checks/queries/mentions.h"
#include "lsp/session.h"

namespace lsp {

// Those of the first mesh that holds the file; of a file in none the usual ones.
checks::MentionScope mention_scope(Session& session, const std::string& uri);

}  // namespace lsp
