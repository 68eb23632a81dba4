// Findings as every output format shows them: sorted by file, line, column, code (docs/design/interfaces.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/finding.h"
#include "checks/queries/mesh_contents.h"
#include "cli/project.h"
#include "cli/source_files.h"

namespace cli {

class Baseline;
class Conflicts;

struct ReportedFinding {
  checks::Finding finding;
  std::string file;  // relative to the current folder; of an end in a cluster what names that
  PositionRange range;
  bool in_cluster = false;  // no file holds it
  bool is_new = false;      // the cluster without the files does not have it; only where that is asked for
};

// What there is to say of the cluster that the files are laid over.
struct ClusterReport {
  std::string name;
  std::string taken;                  // RFC 3339
  std::size_t objects = 0;            // of the snapshot
  std::vector<std::string> not_read;  // a line each
  bool alone = false;                 // no files are laid over it
  std::size_t hidden = 0;             // findings in it alone that are not reported
  bool compared = false;              // with the cluster as it runs, for the next two
  std::size_t broken = 0;             // calls that fail with the files and do not without
  std::size_t mended = 0;             // the other way round
};

struct ReportTotals {
  std::size_t files = 0;
  std::size_t documents = 0;
  std::size_t templates = 0;
  // Of findings: a conflict counts at each of its ends.
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t information = 0;
};

struct Report {
  ReportTotals totals;
  checks::MeshContents contents;    // only where there is no finding
  std::vector<std::string> charts;  // folders of Helm charts that were not rendered, relative
  bool renders_charts = false;      // was asked to
  bool charts_apart = false;        // some of the meshes are there because charts' namespaces are not known
  std::vector<std::string> links;   // symlinks out of the given folders, relative
  std::size_t builds = 0;           // that kustomizations and deployments make
  std::vector<std::string> meshes;  // found without configuration, by name
  std::size_t unlisted = 0;         // files that no kustomization lists
  std::size_t unseen = 0;           // what belongs to a mesh and cannot be seen (MTLS0901)
  std::vector<ClusterReport> clusters;  // that the files are laid over
  std::vector<std::string> only;        // what findings are reported of, relative; empty: all that was read
  std::vector<std::string> read_from;   // with `only`: what was read, relative
  std::size_t elsewhere = 0;            // findings that are not reported, since they stand elsewhere
  bool has_baseline = false;
  std::size_t known = 0;     // findings that are not reported, since the baseline has them
  std::size_t outdated = 0;  // of the baseline, those that are gone
  std::vector<ReportedFinding> findings;
};

struct ReportRequest {
  std::size_t max_related = SIZE_MAX;  // of each finding at most so many related places
  bool only_new = false;               // as in Options
  bool all = false;
  Baseline* baseline = nullptr;  // of what is not reported; none: all is. Counts what it has seen
};

Report make_report(Project& project, const std::string& current_folder, const ReportRequest& request);

// What the renderers ask of the world.
struct ReportContext {
  SourceFiles& sources;
  std::string current_folder;
  std::function<std::vector<checks::Fix>(const checks::Finding&)> fixes;  // may be empty: none are shown
  const checks::Analysis* statistics = nullptr;  // that are shown, too; null: none are
};

// "not checked: 2 Helm charts (add --helm), 9 templates"; empty: everything was checked.
std::string not_checked_line(const Report& report);

// "taken as 2 meshes: dev, prod (…)"; empty: there is one.
std::string meshes_line(const Report& report);

// What is said of the cluster, a line each; none: there is none.
std::vector<std::string> cluster_lines(const Report& report);

// Which findings were left out, since they stand elsewhere or in a baseline, a line each; none: all are
// reported.
std::vector<std::string> scope_lines(const Report& report);

// "2 conflicts (4 places), 1 warning in 12 files"; with nothing to report, what was understood.
// `conflicts` are those of the report's findings, where they are known already.
std::string summary_line(const Report& report);
std::string summary_line(const Report& report, const Conflicts& conflicts);

}  // namespace cli
