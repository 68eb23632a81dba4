#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "checks/engine/cluster_place.h"
#include "cli/baseline.h"
#include "cli/cluster_findings.h"
#include "cli/conflicts.h"
#include "cli/counted.h"
#include "cli/given_paths.h"
#include "cli/paths.h"
#include "cli/statistics.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

// Of what there is no conflict.
std::string understood(const Report& report) {
  const std::string_view none = report.known > 0       ? "no new conflict"
                                : report.elsewhere > 0 ? "no conflict reported"
                                                       : "no conflict";
  return fmt::format("{}: {}", none, describe(report.contents));
}

// A conflict once.
std::size_t problems_of(const Conflicts::Counts& counts) {
  return counts.conflicts + counts.errors + counts.warnings + counts.information;
}

// Leaves only what stands in the paths that findings are reported of.
void keep_given(Project& project, const std::string& current_folder, Report& report) {
  if (project.read_from.empty()) return;
  const std::size_t problems = problems_of(Conflicts(report.findings).counts());
  GivenPaths given(project.sources.files(), project.given);
  std::erase_if(report.findings,
                [&](const ReportedFinding& each) { return !given.hold(each.finding.at.file); });
  report.elsewhere = problems - std::min(problems, problems_of(Conflicts(report.findings).counts()));
  for (const std::string& path : project.given) report.only.push_back(relative_path(path, current_folder));
  for (const std::string& path : project.read_from)
    report.read_from.push_back(relative_path(path, current_folder));
}

void leave_out_known(const Project& project, Baseline* baseline, std::vector<ClusterFinding>& placed,
                     Report& report) {
  if (baseline == nullptr) return;
  report.has_baseline = true;
  report.known =
      std::erase_if(placed, [&](const ClusterFinding& each) { return baseline->takes(each.finding); });
  const std::vector<std::string>& read = project.read_from.empty() ? project.given : project.read_from;
  report.outdated = baseline->unseen([&read](const std::string& file) {
    return std::any_of(read.begin(), read.end(),
                       [&file](const std::string& folder) { return workspace::is_below(file, folder); });
  });
}

ReportTotals totals_of(const Project& project, const Report& report) {
  const checks::ReadCounts read = project.analysis.read_counts();
  ReportTotals totals{.files = read.files, .documents = read.documents, .templates = read.templates};
  for (const ReportedFinding& reported : report.findings) {
    const checks::Severity severity = reported.finding.severity;
    totals.errors += severity == checks::Severity::Error ? 1 : 0;
    totals.warnings += severity == checks::Severity::Warning ? 1 : 0;
    totals.information += severity == checks::Severity::Information ? 1 : 0;
  }
  return totals;
}

// "reported: mesh/rule.yaml only, read with . (3 findings elsewhere)"
std::string only_line(const Report& report) {
  std::string line =
      fmt::format("reported: {} only, read with {}", listed(report.only), listed(report.read_from));
  if (report.elsewhere != 0)
    line += fmt::format(" ({} elsewhere)", counted(report.elsewhere, "finding", "findings"));
  return line;
}

// "baseline: 12 known findings not reported; 2 of it are gone, so write it anew: istio-mtls-ls baseline"
std::string baseline_line(const Report& report) {
  std::string line =
      fmt::format("baseline: {} not reported", counted(report.known, "known finding", "known findings"));
  if (report.outdated != 0)
    line += fmt::format("; {} of it {} gone, so write it anew: istio-mtls-ls baseline", report.outdated,
                        report.outdated == 1 ? "is" : "are");
  return line;
}

}  // namespace

Report make_report(Project& project, const std::string& current_folder, const ReportRequest& request) {
  const bool has_cluster = !project.clusters.empty();
  std::vector<checks::Finding> findings =
      project.analysis.all_findings(has_cluster ? SIZE_MAX : request.max_related);
  // Those are for editors (docs/design/mtls-semantics.md, section 7).
  std::erase_if(findings,
                [](const checks::Finding& finding) { return finding.severity == checks::Severity::Hint; });
  Report report;
  std::vector<ClusterFinding> placed;
  if (has_cluster) {
    placed = place_findings(project, std::move(findings), request, report.clusters);
  } else {
    for (checks::Finding& finding : findings) placed.push_back({std::move(finding), false});
  }
  leave_out_known(project, request.baseline, placed, report);
  report.builds = project.built.count();
  report.meshes = project.meshes_found;
  report.unlisted = project.unlisted;
  report.unseen = project.unseen;
  report.renders_charts = project.renders_charts;
  report.charts_apart = project.charts_apart;
  for (const std::string& chart : project.charts)
    report.charts.push_back(relative_path(chart, current_folder));
  for (const std::string& link : project.links) report.links.push_back(relative_path(link, current_folder));
  for (ClusterFinding& each : placed) {
    const checks::Location& at = each.finding.at;
    const bool in_cluster = workspace::is_cluster_path(at.file);
    std::string file = in_cluster ? checks::cluster_place(at) : relative_path(at.file, current_folder);
    const PositionRange range = project.sources.positions(at.file, at.range);
    report.findings.push_back({std::move(each.finding), std::move(file), range, in_cluster, each.is_new});
  }
  const auto key = [](const ReportedFinding& shown) {
    return std::tie(shown.in_cluster, shown.file, shown.range.start, shown.finding.code, shown.finding.mesh,
                    shown.finding.message);
  };
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [&](const ReportedFinding& a, const ReportedFinding& b) { return key(a) < key(b); });
  keep_given(project, current_folder, report);
  report.totals = totals_of(project, report);
  if (report.findings.empty()) report.contents = checks::contents_of(project.analysis.meshes());
  return report;
}

std::string summary_line(const Report& report) { return summary_line(report, Conflicts(report.findings)); }

std::string summary_line(const Report& report, const Conflicts& conflicts) {
  const Conflicts::Counts& counts = conflicts.counts();
  std::string problems;
  const auto add = [&problems](std::size_t count, std::string_view one, std::string_view many) {
    if (count != 0) problems += (problems.empty() ? "" : ", ") + counted(count, one, many);
  };
  add(counts.conflicts, "conflict", "conflicts");
  if (counts.places > counts.conflicts) problems += fmt::format(" ({} places)", counts.places);
  add(counts.errors, "error", "errors");
  add(counts.warnings, "warning", "warnings");
  add(counts.information, "information", "information");
  if (problems.empty()) problems = understood(report);
  if (!report.clusters.empty() && report.clusters.front().alone) {
    const ClusterReport& cluster = report.clusters.front();
    return fmt::format("{} in cluster {}, {}", problems, cluster.name,
                       counted(cluster.objects, "object", "objects"));
  }
  std::string line = fmt::format("{} in {}", problems, counted(report.totals.files, "file", "files"));
  if (report.builds != 0) line += ", " + counted(report.builds, "build", "builds");
  return line;
}

std::vector<std::string> scope_lines(const Report& report) {
  std::vector<std::string> lines;
  if (!report.only.empty()) lines.push_back(only_line(report));
  if (report.has_baseline) lines.push_back(baseline_line(report));
  return lines;
}

std::vector<std::string> cluster_lines(const Report& report) {
  std::vector<std::string> lines;
  for (const ClusterReport& cluster : report.clusters) {
    const bool is_one = report.clusters.size() == 1;
    const std::string in = is_one ? "the cluster" : "cluster " + cluster.name;
    const std::string taken = cluster.taken.empty() ? "" : ", taken " + cluster.taken;
    if (!cluster.alone)
      lines.push_back(fmt::format("laid over cluster {}: {}{}", cluster.name,
                                  counted(cluster.objects, "object", "objects"), taken));
    if (cluster.compared)
      lines.push_back(fmt::format("applying this breaks {} and mends {}{}",
                                  counted(cluster.broken, "call", "calls"), cluster.mended,
                                  is_one ? "" : " in " + in));
    if (cluster.hidden != 0)
      lines.push_back(fmt::format("{} in {} alone (list them: --all)",
                                  counted(cluster.hidden, "finding", "findings"), in));
    for (const std::string& what : cluster.not_read)
      lines.push_back(fmt::format("not read of {}: {}", in, what));
  }
  return lines;
}

std::string meshes_line(const Report& report) {
  if (report.meshes.size() < 2) return {};
  const std::string line = fmt::format("taken as {} meshes, since {}: {}", report.meshes.size(),
                                       report.charts_apart ? "the namespaces of charts are not known"
                                                           : "their documents contradict each other",
                                       listed(report.meshes));
  return line + (report.charts_apart ? " (name them: `charts` in .istio-mtls.yaml)"
                                     : " (say it yourself: `meshes` in .istio-mtls.yaml)");
}

std::string not_checked_line(const Report& report) {
  std::vector<std::string> parts;
  if (!report.charts.empty()) {
    parts.push_back(counted(report.charts.size(), "Helm chart", "Helm charts") +
                    (report.renders_charts ? "" : " (add --helm)"));
  }
  if (!report.links.empty()) {
    parts.push_back(counted(report.links.size(), "symbolic link", "symbolic links") +
                    " out of the given folders");
  }
  if (report.unseen != 0) parts.push_back(counted(report.unseen, "remote source", "remote sources"));
  if (report.unlisted != 0)
    parts.push_back(counted(report.unlisted, "file", "files") + " that no kustomization lists");
  if (report.totals.templates != 0)
    parts.push_back(counted(report.totals.templates, "template", "templates"));
  return parts.empty() ? std::string() : fmt::format("not checked: {}", fmt::join(parts, ", "));
}

}  // namespace cli
