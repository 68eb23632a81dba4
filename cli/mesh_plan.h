// Which files a command works on, and which meshes they form.
//
// Each PATH is governed by the configuration file named on the command line, else by the nearest one in or
// above it. A configuration that names meshes splits the files below its folder into those; all other PATHs
// together are one mesh, for which configurations add up, those of earlier PATHs first. A file's limits are
// those of its own PATH's configuration; of the first where it is below several. Reads configuration files
// and lists folders; one thread.
//
// With --only, or where check and fix are given files alone and no cluster, what is read is the nearest
// folder above them that holds a configuration or a repository: policy in one file means little without the
// others.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "workspace/files/read_request.h"

namespace cli {

struct MeshPlan {
  std::vector<std::string> given;      // the PATHs, or what is reported of them, that are there, absolute
  std::vector<std::string> read_from;  // folders that are read for what is reported; empty: `given` is read
  std::vector<workspace::ReadRequest> files;  // absolute, sorted, unique; without standard input
  std::vector<std::string> charts;            // folders of Helm charts, absolute, sorted, unique
  std::vector<std::string> links;             // symlinks that lead out of the given folders, likewise
  bool reads_stdin = false;
  workspace::Limits stdin_limits;
  bool config_unreadable = false;      // a configuration file can't be read: there is nothing to go by
  std::vector<std::string> baselines;  // that configurations name, absolute
  // Those of one folder stand together; `planned`: one that sources may divide further.
  std::vector<checks::MeshDefinition> meshes;
  // Files below a configuration that names meshes, with that configuration's path.
  std::vector<std::pair<std::string, std::string>> divided_by_configuration;
  std::vector<std::string> errors;    // paths and files that can't be read
  std::vector<std::string> warnings;  // "file:line:column: warning: …" and what finds no files
};

MeshPlan plan_meshes(const Environment& environment, const Options& options, Progress& progress);

}  // namespace cli
