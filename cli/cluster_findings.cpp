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
std::vector<Finding> findings_in(const Project& project) {
  checks::MeshDefinition alone;
  alone.name = project.whole_cluster->header.context;
  alone.root = "/";
  alone.settings = project.settings;
  alone.cluster = project.whole_cluster;
  checks::Analysis analysis(checks::check_registry(), {alone});
  analysis.update_findings();
  return analysis.all_findings();
}

// The finding at the first of its ends that a file holds.
Finding moved_to_file(const Finding& finding, std::size_t related) {
  Finding moved = finding;
  moved.at = finding.related[related].place;
  moved.related.erase(moved.related.begin() + static_cast<std::ptrdiff_t>(related));
  moved.related.insert(moved.related.begin(), {finding.at, "the other end"});
  return moved;
}

}  // namespace

std::vector<ClusterFinding> place_findings(const Project& project, std::vector<Finding> findings,
                                           const ReportRequest& request, ClusterReport& report) {
  const workspace::Snapshot& cluster = *project.cluster;
  report.name = cluster.header.context;
  report.taken = cluster.header.taken;
  report.objects = cluster.objects.size();
  report.not_read = cluster.header.not_read;
  report.alone = project.given.empty() && !project.has_stdin;
  report.compared = request.only_new;
  const PlaceNames names(*project.whole_cluster);
  Keys before;
  Keys before_failing;
  if (request.only_new) {
    for (const Finding& finding : findings_in(project)) {
      for (std::string& key : conflicts_of(finding, names)) {
        if (is_failure(finding)) before_failing.insert(key);
        before.insert(std::move(key));
      }
    }
  }
  Keys failing;
  Keys in_files;  // conflicts that are reported at a file
  for (const Finding& finding : findings) {
    for (std::string& key : conflicts_of(finding, names)) {
      if (!is_in_cluster(finding.at)) in_files.insert(key);
      if (is_failure(finding)) failing.insert(std::move(key));
    }
  }
  if (request.only_new) {
    report.broken = count_missing(failing, before_failing);
    report.mended = count_missing(before_failing, failing);
  }
  const bool lists_all = request.all || request.only_new || report.alone;
  std::vector<ClusterFinding> placed;
  for (Finding& finding : findings) {
    const std::vector<std::string> keys = conflicts_of(finding, names);
    const bool is_new =
        request.only_new &&
        std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return !before.contains(key); });
    if (request.only_new && !is_new) continue;
    if (!is_in_cluster(finding.at)) {
      placed.push_back({std::move(finding), std::nullopt, is_new});
      continue;
    }
    const auto file = std::find_if(finding.related.begin(), finding.related.end(),
                                   [](const checks::Related& end) { return !is_in_cluster(end.place); });
    if (file != finding.related.end()) {
      const bool is_said = std::any_of(keys.begin(), keys.end(),
                                       [&](const std::string& key) { return in_files.contains(key); });
      if (is_said) continue;
      Finding moved = moved_to_file(finding, static_cast<std::size_t>(file - finding.related.begin()));
      placed.push_back({std::move(moved), std::move(finding), is_new});
    } else if (lists_all) {
      placed.push_back({std::move(finding), std::nullopt, is_new});
    } else {
      ++report.hidden;
    }
  }
  return placed;
}

}  // namespace cli
