#include "cli/cluster_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "checks/registry.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

using checks::Finding;
using checks::Location;
using Keys = std::set<std::string>;

bool is_in_cluster(const Location& place) { return workspace::is_cluster_path(place.file); }

// An end of a finding, whether a file or the cluster holds it: a pod of the cluster is its controller's,
// whose template has the same fields further down.
class PlaceNames {
 public:
  explicit PlaceNames(const workspace::Snapshot& cluster) {
    for (const workspace::SnapshotObject& object : cluster.objects) {
      if (object.controller) controllers_.emplace(object.id, &*object.controller);
    }
  }

  [[nodiscard]] std::string name(const Location& place) const {
    if (!place.has_resource) return fmt::format("{}:{}", place.file, place.range.begin);
    const auto controller = controllers_.find(place.id);
    const workspace::ResourceId& id = controller == controllers_.end() ? place.id : *controller->second;
    std::string_view path = place.path;
    for (const std::string_view prefix : {"spec.jobTemplate.", "spec.template."}) {
      if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
    }
    return fmt::format("{} {}", to_string(id), path);
  }

 private:
  std::unordered_map<workspace::ResourceId, const workspace::ResourceId*, workspace::ResourceIdHash>
      controllers_;
};

// What a finding says fails, by its ends: of a conflict each policy with each rule, else the finding itself.
std::vector<std::string> conflicts_of(const Finding& finding, const PlaceNames& names) {
  std::vector<std::string> keys;
  const std::string at = names.name(finding.at);
  for (const checks::Related& related : finding.related) {
    if (related.place.role == finding.at.role) continue;
    std::array<std::string, 2> ends = {at, names.name(related.place)};
    std::sort(ends.begin(), ends.end());
    keys.push_back(fmt::format("{}\n{}\n{}", finding.code, ends[0], ends[1]));
  }
  if (keys.empty()) keys.push_back(fmt::format("{}\n{}", finding.code, at));
  return keys;
}

bool is_failure(const Finding& finding) { return finding.severity <= checks::Severity::Warning; }

std::size_t count_missing(const Keys& from, const Keys& in) {
  return static_cast<std::size_t>(
      std::count_if(from.begin(), from.end(), [&in](const std::string& key) { return !in.contains(key); }));
}

// What the cluster says by itself.
std::vector<Finding> findings_in(const LaidOver& laid) {
  checks::MeshDefinition alone;
  alone.name = laid.whole->header.context;
  alone.root = "/";
  alone.settings = laid.settings;
  alone.cluster = laid.whole;
  checks::Analysis analysis(checks::check_registry(), {alone});
  analysis.update_findings();
  return analysis.all_findings();
}

// What is known of one cluster while findings are placed.
class Comparison {
 public:
  Comparison(const LaidOver& laid, const ReportRequest& request) : laid_(laid), names_(*laid.whole) {
    if (!request.only_new) return;
    for (const Finding& finding : findings_in(laid)) {
      for (std::string& key : keys(finding)) {
        if (is_failure(finding)) before_failing_.insert(key);
        before_.insert(std::move(key));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> keys(const Finding& finding) const {
    return conflicts_of(finding, names_);
  }

  [[nodiscard]] bool concerns(const Finding& finding) const {
    return laid_.meshes.contains(finding.mesh) ||
           std::any_of(finding.other_meshes.begin(), finding.other_meshes.end(),
                       [this](const std::string& mesh) { return laid_.meshes.contains(mesh); });
  }

  void add(const Finding& finding) {
    for (std::string& key : keys(finding)) {
      if (!is_in_cluster(finding.at)) in_files_.insert(key);
      if (is_failure(finding)) failing_.insert(std::move(key));
    }
  }

  [[nodiscard]] bool brings(const Finding& finding) const {
    const std::vector<std::string> all = keys(finding);
    return std::any_of(all.begin(), all.end(),
                       [this](const std::string& key) { return !before_.contains(key); });
  }
  // Whether a finding in the cluster is reported at a file already.
  [[nodiscard]] bool is_said(const Finding& finding) const {
    const std::vector<std::string> all = keys(finding);
    return std::any_of(all.begin(), all.end(),
                       [this](const std::string& key) { return in_files_.contains(key); });
  }
  [[nodiscard]] std::size_t broken() const { return count_missing(failing_, before_failing_); }
  [[nodiscard]] std::size_t mended() const { return count_missing(before_failing_, failing_); }

 private:
  const LaidOver& laid_;
  PlaceNames names_;
  Keys before_;  // of what the cluster says by itself
  Keys before_failing_;
  Keys failing_;
  Keys in_files_;  // conflicts that are reported at a file
};

ClusterReport report_of(const LaidOver& laid, bool is_alone, const ReportRequest& request) {
  ClusterReport report;
  const workspace::Snapshot& cluster = *laid.cluster;
  report.name = cluster.header.context;
  report.taken = cluster.header.taken;
  report.objects = cluster.objects.size();
  report.not_read = cluster.header.not_read;
  report.alone = is_alone;
  report.compared = request.only_new;
  return report;
}

}  // namespace

std::vector<ClusterFinding> place_findings(const Project& project, std::vector<Finding> findings,
                                           const ReportRequest& request,
                                           std::vector<ClusterReport>& reports) {
  const bool is_alone = project.given.empty() && !project.has_stdin;
  std::vector<Comparison> clusters;
  clusters.reserve(project.clusters.size());
  for (const LaidOver& laid : project.clusters) {
    reports.push_back(report_of(laid, is_alone, request));
    Comparison& comparison = clusters.emplace_back(laid, request);
    for (const Finding& finding : findings) {
      if (comparison.concerns(finding)) comparison.add(finding);
    }
    if (!request.only_new) continue;
    reports.back().broken = comparison.broken();
    reports.back().mended = comparison.mended();
  }
  const bool lists_all = request.all || request.only_new || is_alone;
  std::vector<ClusterFinding> placed;
  for (Finding& finding : findings) {
    const auto concerned = std::find_if(clusters.begin(), clusters.end(),
                                        [&](const Comparison& each) { return each.concerns(finding); });
    // What is laid over no cluster is reported as it is.
    if (concerned == clusters.end()) {
      placed.push_back({std::move(finding), false});
      continue;
    }
    const bool is_new =
        request.only_new && std::any_of(clusters.begin(), clusters.end(), [&](const Comparison& each) {
          return each.concerns(finding) && each.brings(finding);
        });
    if (request.only_new && !is_new) continue;
    if (!is_in_cluster(finding.at)) {
      placed.push_back({std::move(finding), is_new});
      continue;
    }
    const auto file = std::find_if(finding.related.begin(), finding.related.end(),
                                   [](const checks::Related& end) { return !is_in_cluster(end.place); });
    if (file != finding.related.end()) {
      if (concerned->is_said(finding)) continue;
      const auto related = static_cast<std::size_t>(file - finding.related.begin());
      placed.push_back({checks::moved_to(finding, related), is_new});
    } else if (lists_all) {
      placed.push_back({std::move(finding), is_new});
    } else {
      ++reports[static_cast<std::size_t>(concerned - clusters.begin())].hidden;
    }
  }
  return placed;
}

}  // namespace cli
