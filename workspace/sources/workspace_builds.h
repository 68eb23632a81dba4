// The builds of a workspace, kept up to date, and the meshes that they and the plain files form.
// Source: docs/design/sources.md.
//
// An owner tells which manifests there are and what they say; this finds the kustomizations among them, makes
// what they and deployments build, and plans the meshes. A change costs the builds that looked at the file.
// One thread at a time; make_waiting may start others, and waits for them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/config/limits.h"
#include "workspace/sources/build_facts.h"
#include "workspace/sources/cached_sources.h"
#include "workspace/sources/chart_build.h"
#include "workspace/sources/kustomize.h"
#include "workspace/sources/mesh_planner.h"

namespace workspace {

struct WorkspaceBuild {
  BuildRequest request;
  std::string path;  // of its facts (build_path)
  std::shared_ptr<const FileFacts> facts;
  std::vector<BuildProblem> problems;
  bool partial = false;
  bool refused = false;
  std::vector<std::string> looked_at;          // sorted
  std::shared_ptr<const RenderedChart> chart;  // of a chart: what helm made of it; null: not known yet
  [[nodiscard]] bool is_rendered() const { return chart != nullptr && chart->facts != nullptr; }
};

// A chart that is to be rendered (helm.h), which takes longer than a build.
struct ChartToRender {
  ChartRelease release;
  std::string ns;    // to render it in
  std::string name;  // of the release in messages
  std::string path;  // of the build's facts
  std::uint64_t version = 0;
};

class WorkspaceBuilds {
 public:
  // `sources` must outlive this.
  explicit WorkspaceBuilds(CachedSources& sources, const Limits& limits = kDefaultLimits);

  // Whether a file of that name is one of kustomize's.
  static bool is_kustomization(std::string_view path);

  // Replaces what there is, and finds anew which builds there are; those that are new wait to be made.
  // Returns the builds that are gone. `input.files` is sorted by path; its kustomizations are filled in.
  std::vector<FileUpdate> set_files(PlanInput input);
  // Replaces what one file says, as input for plans.
  void set_facts(const std::string& path, std::shared_ptr<const FileFacts> facts);
  // Has the builds that looked at a file or folder wait to be made anew.
  void mark_changed(const std::string& path);
  // Makes one build that waits, and adds what it says now to `updates`. False: none waits.
  bool step(std::vector<FileUpdate>& updates);
  // Makes all that wait, on up to that many threads; or of those the builds that look at a file.
  std::vector<FileUpdate> make_waiting(unsigned jobs = 1);
  std::vector<FileUpdate> make_waiting_for(const std::string& path);
  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  // Whether any build looked at a file, and whether one of those waits.
  [[nodiscard]] bool looks_at(const std::string& path) const { return builds_by_file_.contains(path); }
  [[nodiscard]] bool waits_for(const std::string& path) const;
  // Valid until builds are made.
  [[nodiscard]] std::vector<const WorkspaceBuild*> that_look_at(const std::string& path) const;
  // Another one after each change of what the builds say of themselves: what they met, and whether they are
  // partial or refused.
  [[nodiscard]] std::uint64_t outcome() const { return outcome_; }

  // The charts that wait to be rendered, each told once; none is made before its result is given. A result of
  // what has changed since it was told counts for nothing.
  std::vector<ChartToRender> charts_to_render();
  void set_rendered(const ChartToRender& chart, RenderedChart result);
  // Has the charts be rendered anew that helm reads a file for. Returns whether there are any.
  bool mark_chart_changed(const std::string& path);

  // The builds with values from these files, as they would be with these texts; as it was afterwards.
  std::vector<FileUpdate> with_texts(const std::map<std::string, std::string>& texts);

  [[nodiscard]] const std::vector<WorkspaceBuild>& builds() const { return builds_; }  // by name
  [[nodiscard]] const PlanInput& input() const { return input_; }
  // Plain files in no build, and the builds.
  [[nodiscard]] std::vector<PlanUnit> units() const;
  [[nodiscard]] MeshPlan plan(const std::vector<PlanUnit>& units) const;
  // Of the present units, which are given.
  [[nodiscard]] PlanIndex plan_index(const std::vector<PlanUnit>& units) const {
    return {input_, requests_, units};
  }

 private:
  [[nodiscard]] PlannedKustomization read_kustomization(const std::string& path) const;
  std::vector<Substitution> substitution_values(const BuildRequest& request);
  WorkspaceBuild make(const BuildRequest& request, const FileFacts* previous);
  void make_on_threads(unsigned jobs, std::vector<FileUpdate>& updates);
  std::string prepare(const BuildRequest& request);
  void forget_kustomization(const std::string& folder, const BuildRequest& request, Build& build);
  FileUpdate make_again(std::uint32_t index);
  FileUpdate replace(std::uint32_t index, WorkspaceBuild made);
  void index(std::uint32_t build);
  void forget_index(std::uint32_t build);
  WorkspaceBuild make_chart(const BuildRequest& request, std::shared_ptr<const RenderedChart> chart,
                            bool is_trial);
  void read_charts();
  void note_rendered_charts();

  CachedSources& sources_;
  Limits limits_;
  Kustomizer kustomizer_;
  PlanInput input_;
  std::vector<BuildRequest> requests_;
  std::vector<WorkspaceBuild> builds_;
  std::set<std::uint32_t> waiting_;
  std::map<std::string, std::set<std::uint32_t>, std::less<>> builds_by_file_;
  std::uint64_t outcome_ = 0;
  std::set<std::uint32_t> to_render_;
  std::map<std::string, std::uint64_t, std::less<>> rendering_;  // the newest version told, by facts' path
  std::uint64_t version_ = 0;
};

}  // namespace workspace
