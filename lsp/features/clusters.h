// What a client is told of the clusters that files are laid over.
#pragma once

#include "lsp/session.h"

namespace lsp {

// `{clusters: [{name, context | snapshot, reading, cancelled, taken, objects, notRead, error}]}`
Json clusters_json(const Session& session);

}  // namespace lsp
