// The manifests that a command was given, read and analysed. Owns texts and analysis; one thread.
#pragma once

#include <string>
#include <vector>

#include "checks/analysis.h"
#include "lsp/cli/environment.h"
#include "lsp/cli/options.h"
#include "lsp/cli/source_files.h"

namespace lsp::cli {

struct Project {
  std::vector<std::string> given;  // the PATHs that are there, absolute
  SourceFiles sources;
  checks::Analysis analysis;
  bool complete = true;  // false: something could not be read (told on standard error), the rest was
  bool empty = false;    // nothing to work on: no PATH is there, or no configuration

  // Reads from `sources`, which must outlive it.
  [[nodiscard]] checks::TextSource texts() const;
};

// Tells problems on standard error, and progress where that is a terminal.
Project load_project(const Environment& environment, const Options& options);

}  // namespace lsp::cli
