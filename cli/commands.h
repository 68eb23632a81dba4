// The commands: each runs to its end and returns the process's exit status. Output goes to the
// environment's streams only. One thread, which may start others and waits for them.
#pragma once

#include "lsp/cli/environment.h"
#include "lsp/cli/options.h"
#include "lsp/cli/terminal_text.h"

namespace lsp::cli {

int check_command(const Environment& environment, const Options& options);
int self_test_command(const Environment& environment, const Options& options);  // check --self-test
int fix_command(const Environment& environment, const Options& options);
int effective_command(const Environment& environment, const Options& options);
int graph_command(const Environment& environment, const Options& options);
int explain_command(const Environment& environment, const Options& options);

// Colours for standard output, as --color, NO_COLOR and the terminal say.
Palette output_palette(const Environment& environment, const Options& options);

}  // namespace lsp::cli
