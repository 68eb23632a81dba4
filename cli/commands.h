// The commands: each runs to its end and returns the process's exit status. Output goes to the
// environment's streams only. One thread, which may start others and waits for them.
#pragma once

#include "cli/environment.h"
#include "cli/options.h"
#include "cli/terminal_text.h"

namespace cli {

int check_command(const Environment& environment, const Options& options);
int fix_command(const Environment& environment, const Options& options);
int effective_command(const Environment& environment, const Options& options);
int graph_command(const Environment& environment, const Options& options);
int baseline_command(const Environment& environment, const Options& options);
int snapshot_command(const Environment& environment, const Options& options);
int render_command(const Environment& environment, const Options& options);
int explain_command(const Environment& environment, const Options& options);

// Colours for standard output, as --color, NO_COLOR and the terminal say.
Palette output_palette(const Environment& environment, const Options& options);

}  // namespace cli
