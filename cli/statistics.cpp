#include "cli/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "checks/registry.h"
#include "cli/conflicts.h"
#include "cli/counted.h"

namespace cli {

std::string describe(const checks::MeshContents& contents) {
  std::string workloads = counted(contents.workloads, "workload", "workloads");
  if (contents.outside > 0) workloads += fmt::format(" ({} without a sidecar)", contents.outside);
  return fmt::format("{}, {}, {}, {}", counted(contents.policies, "policy", "policies"),
                     counted(contents.rules, "rule", "rules"),
                     counted(contents.services, "service", "services"), workloads);
}

Statistics statistics_of(const checks::Analysis& analysis, const Report& report, const Conflicts& conflicts) {
  Statistics made;
  std::map<std::string_view, std::size_t> by_code;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    if (!conflicts.is_told_elsewhere(i)) ++by_code[report.findings[i].finding.code];
  }
  for (const auto& [code, count] : by_code) {
    const checks::Check* check = checks::find_check(code);
    made.codes.push_back({code, check == nullptr ? std::string_view() : check->title, count});
  }
  std::stable_sort(made.codes.begin(), made.codes.end(),
                   [](const CodeCount& a, const CodeCount& b) { return a.findings > b.findings; });
  const std::vector<checks::MeshView> meshes = analysis.meshes();
  for (const checks::MeshView& mesh : meshes)
    made.meshes.push_back({std::string(mesh.name), checks::contents_of(std::span(&mesh, 1))});
  return made;
}

std::vector<std::string> statistics_lines(const Statistics& statistics) {
  std::vector<std::string> lines;
  for (const CodeCount& code : statistics.codes)
    lines.push_back(fmt::format("{:<8} {:>5}  {}", code.code, code.findings, code.title));
  for (const MeshCount& mesh : statistics.meshes) {
    const checks::MeshContents& contents = mesh.contents;
    std::string line = fmt::format("mesh {}: {}; from {}", mesh.name, describe(contents),
                                   counted(contents.files, "file", "files"));
    const std::vector<std::string>& builds = contents.builds;
    if (!builds.empty())
      line += fmt::format(" and the {} {}", builds.size() == 1 ? "build" : "builds", listed(builds));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace cli
