#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "cli/paths.h"

namespace cli {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

Report make_report(Project& project, const std::string& current_folder, std::size_t max_related) {
  std::vector<checks::Finding> findings = project.analysis.all_findings(max_related);
  // Those are for editors (docs/design/mtls-semantics.md, section 7).
  std::erase_if(findings,
                [](const checks::Finding& finding) { return finding.severity == checks::Severity::Hint; });
  Report report;
  report.totals = project.analysis.totals(findings);
  report.builds = project.built.count();
  report.meshes = project.meshes_found;
  report.unlisted = project.unlisted;
  report.unseen = project.unseen;
  for (const std::string& chart : project.charts)
    report.charts.push_back(relative_path(chart, current_folder));
  for (const std::string& link : project.links) report.links.push_back(relative_path(link, current_folder));
  for (checks::Finding& finding : findings) {
    std::string file = relative_path(finding.at.file, current_folder);
    const PositionRange range = project.sources.positions(finding.at.file, finding.at.range);
    report.findings.push_back({std::move(finding), std::move(file), range});
  }
  const auto key = [](const ReportedFinding& shown) {
    return std::tie(shown.file, shown.range.start, shown.finding.code, shown.finding.mesh,
                    shown.finding.message);
  };
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [&](const ReportedFinding& a, const ReportedFinding& b) { return key(a) < key(b); });
  return report;
}

std::string summary_line(const Report& report) {
  std::string problems;
  const auto add = [&problems](std::size_t count, std::string_view one, std::string_view many) {
    if (count != 0) problems += (problems.empty() ? "" : ", ") + counted(count, one, many);
  };
  add(report.totals.errors, "error", "errors");
  add(report.totals.warnings, "warning", "warnings");
  add(report.totals.information, "information", "information");
  std::string line = fmt::format("{} in {}, {}", problems.empty() ? "no problems" : problems,
                                 counted(report.totals.files, "file", "files"),
                                 counted(report.totals.documents, "document", "documents"));
  if (report.builds != 0) line += ", " + counted(report.builds, "build", "builds");
  return line;
}

std::string meshes_line(const Report& report) {
  constexpr std::size_t kMostNamed = 5;
  if (report.meshes.size() < 2) return {};
  const std::size_t named = std::min(report.meshes.size(), kMostNamed);
  std::string line = fmt::format(
      "taken as {} meshes, since their documents contradict each other: {}", report.meshes.size(),
      fmt::join(report.meshes.begin(), report.meshes.begin() + static_cast<std::ptrdiff_t>(named), ", "));
  if (named < report.meshes.size()) line += fmt::format(" and {} more", report.meshes.size() - named);
  return line + " (say it yourself: `meshes` in .istio-mtls.yaml)";
}

std::string not_checked_line(const Report& report) {
  std::vector<std::string> parts;
  if (!report.charts.empty()) {
    parts.push_back(counted(report.charts.size(), "Helm chart", "Helm charts") +
                    " (render: helm template CHART | istio-mtls-ls check -)");
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
