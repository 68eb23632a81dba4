// Findings as every output format shows them: sorted by file, line, column, code (docs/design/interfaces.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/finding.h"
#include "cli/project.h"
#include "cli/source_files.h"

namespace cli {

struct ReportedFinding {
  checks::Finding finding;
  std::string file;  // relative to the current folder
  PositionRange range;
};

struct Report {
  checks::FindingCounts totals;
  std::vector<std::string> charts;  // folders of Helm charts that were not rendered, relative
  std::vector<std::string> links;   // symlinks out of the given folders, relative
  std::size_t builds = 0;           // that kustomizations and deployments make
  std::vector<std::string> meshes;  // found without configuration, by name
  std::size_t unlisted = 0;         // files that no kustomization lists
  std::size_t unseen = 0;           // what belongs to a mesh and cannot be seen (MTLS0901)
  std::vector<ReportedFinding> findings;
};

// Of each finding at most `max_related` related places.
Report make_report(Project& project, const std::string& current_folder, std::size_t max_related);

// What the renderers ask of the world.
struct ReportContext {
  SourceFiles& sources;
  std::string current_folder;
  std::function<std::vector<checks::Fix>(const checks::Finding&)> fixes;  // may be empty: none are shown
};

// "not checked: 2 Helm charts (render them: ...), 9 templates"; empty: everything was checked.
std::string not_checked_line(const Report& report);

// "taken as 2 meshes: dev, prod (…)"; empty: there is one.
std::string meshes_line(const Report& report);

// "2 errors, 1 warning in 12 files, 40 documents", "no problems in 1 file, 1 document".
std::string summary_line(const Report& report);

}  // namespace cli
