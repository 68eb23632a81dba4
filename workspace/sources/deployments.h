// What Argo CD's and Flux' resources of a workspace say they deploy from it (docs/design/sources.md, section
// 2, point 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/sources/mesh_planner.h"

namespace workspace {

// Whether a path, relative or not, leads through a folder of test data: each file in it is a mesh.
bool is_test_data(std::string_view path);

// The folders of a workspace. Views the input.
class PlanFolders {
 public:
  explicit PlanFolders(const PlanInput& input);

  // There is a file, a kustomization or a chart somewhere below it.
  [[nodiscard]] bool exists(std::string_view folder) const;
  // Index into PlanInput::kustomizations; of several names in one folder, that which kustomize tries first.
  [[nodiscard]] std::optional<std::uint32_t> kustomization(std::string_view folder) const;
  [[nodiscard]] bool is_chart(std::string_view folder) const;
  // PlanInput::files below a folder, by path.
  [[nodiscard]] std::vector<std::uint32_t> files_below(std::string_view folder) const;
  // All folders below the root with something in them, relative to it, sorted; the root is not among them.
  [[nodiscard]] std::vector<std::string> relative_folders() const;

 private:
  const PlanInput& input_;
  std::vector<std::string_view> paths_;  // of files, kustomizations and charts, sorted
  std::vector<std::uint32_t> files_;     // by path
  std::unordered_map<std::string_view, std::uint32_t> kustomizations_;  // by folder
};

// A path of the workspace that something deploys, or what of a deployment is not seen.
struct Deployment {
  PlanPlace place;
  bool is_flux = false;
  std::optional<UnseenKind> unseen;  // then nothing is deployed from here
  std::string folder;
  std::string destination;  // Argo CD: of the cluster; empty: not known
  std::string default_namespace;
  std::string target_namespace;
  // Argo CD: of a folder's own files.
  bool recurse = false;
  std::string include;
  std::string exclude;
  // Argo CD: of a chart. None: its values are not known.
  std::optional<ChartRelease> chart;
};

// Whether there are any at all, test data and patches included.
bool has_deployments(const PlanInput& input);

// Of all files but test data and patches, in the order of the files' paths.
std::vector<Deployment> find_deployments(const PlanInput& input, const PlanFolders& folders);

// A request with the deployments (indices) that ask for it.
struct PlannedBuild {
  BuildRequest request;
  std::vector<std::uint32_t> deployments;
};
// What plan_builds() returns.
std::vector<PlannedBuild> planned_builds(const PlanInput& input, const PlanFolders& folders,
                                         const std::vector<Deployment>& deployments);

// Those of charts alone, by name: of the releases that are configured, and of charts that nothing installs.
std::vector<BuildRequest> planned_charts(const PlanInput& input);

const Resource& resource_at(const PlanInput& input, const PlanPlace& place);

}  // namespace workspace
