// The two commands that join the command line and the language server. Each runs to its end and returns the
// exit status.
#pragma once

#include <functional>

#include "cli/environment.h"
#include "cli/options.h"
#include "lsp/serve.h"

namespace app {

// `serve` is lsp::serve but in tests.
int serve_command(const cli::Environment& environment, const cli::Options& options,
                  const std::function<int(const lsp::ServeOptions&)>& serve = lsp::serve);
int self_test_command(const cli::Environment& environment, const cli::Options& options);  // check --self-test

}  // namespace app
