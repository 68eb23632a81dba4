// The manifests that a command was given, read and analysed. Owns texts and analysis; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/source_files.h"

namespace cli {

struct Project {
  Project(const workspace::FileSystem& files, std::vector<checks::MeshDefinition> meshes);
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;
  ~Project() = default;

  std::vector<std::string> given;  // the PATHs that are there, absolute
  checks::Analysis analysis;
  SourceFiles sources;              // of what `analysis` has read
  std::vector<std::string> charts;  // folders of Helm charts that were not rendered, absolute, sorted
  std::vector<std::string> links;   // symlinks that were not followed, likewise
  bool complete = true;  // false: something could not be read (told on standard error), the rest was
  bool empty = false;    // nothing to work on: no PATH is there, or no configuration

  // Reads from `sources`, which must outlive it.
  [[nodiscard]] checks::TextSource texts();
};

// Tells problems on standard error, and progress where that is a terminal.
std::unique_ptr<Project> load_project(const Environment& environment, const Options& options);

// The last thing that a command does: tells which files changed under its hands. Returns its exit status,
// unless the process may leave at once.
int finish(const Environment& environment, const Project& project, int status);

}  // namespace cli
