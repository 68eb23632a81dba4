// The log that the command line asks the server for.
#pragma once

#include <memory>

#include "lsp/serve.h"
#include "workspace/platform/log.h"

namespace lsp {

struct ServerLog {
  std::shared_ptr<workspace::LogFile> file;  // null: none
  workspace::Log log;                        // holds the file
};

// Into the file, if there is one; errors and warnings, and what `log_level` names where there is no file, to
// standard error.
workspace::Result<ServerLog> open_log(const ServeOptions& options);

}  // namespace lsp
