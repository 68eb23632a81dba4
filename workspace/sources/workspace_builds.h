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
#include <optional>
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
  SharedPaths looked_at = no_paths();          // sorted
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

using SharedBuilds = std::vector<std::shared_ptr<const WorkspaceBuild>>;

// What a plan is made of.
struct PlanSources {
  std::shared_ptr<const PlanInput> input;
  std::shared_ptr<const std::vector<BuildRequest>> requests;
  SharedBuilds builds;  // one for each request
};

// Plain files in no build, and the builds. Safe on any thread.
std::vector<PlanUnit> plan_units(const PlanSources& sources);

class WorkspaceBuilds {
 public:
  // `sources` must outlive this.
  explicit WorkspaceBuilds(CachedSources& sources, const Limits& limits = kDefaultLimits);

  // Replaces what there is, and finds anew which builds there are; those that are new wait to be made.
  // Returns the builds that are gone. `input.files` is sorted by path; its kustomizations are filled in.
  std::vector<FileUpdate> set_files(PlanInput input);
  // The same in parts: adds the kustomization that a file is, if it is one; reads what a chart says of
  // itself; then, once, what charts hold and releases leave out.
  void add_kustomization(const std::string& path, PlanInput& input) const;
  void read_chart(PlannedChart& chart) const;
  void finish_charts(PlanInput& input) const;
  // `requests`: what plan_builds() gives for the input. Costs what there are builds.
  std::vector<FileUpdate> set_requests(std::shared_ptr<PlanInput> input, std::vector<BuildRequest> requests);
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

  [[nodiscard]] const SharedBuilds& builds() const { return builds_; }  // by name
  // While it is lent, what changes is not in it.
  [[nodiscard]] const PlanInput& input() const { return *input_; }
  [[nodiscard]] const std::shared_ptr<PlanInput>& shared_input() const { return input_; }
  // Valid until something changes.
  [[nodiscard]] PlanSources plan_sources() const { return {input_, requests_, builds_}; }
  [[nodiscard]] std::vector<PlanUnit> units() const { return plan_units(plan_sources()); }
  // For another thread to read: changes are kept apart from it until they are taken over, or other files are
  // set. Costs what there are builds, not files.
  PlanSources lend_plan_sources();
  void take_changes_over();

 private:
  [[nodiscard]] PlannedKustomization read_kustomization(const std::string& path) const;
  [[nodiscard]] std::optional<ChartFile> read_chart_of(const std::string& folder) const;
  [[nodiscard]] const FileFacts* facts_of(const PlanFile& file) const;
  [[nodiscard]] std::pair<const DocumentState*, const Resource*> resource_at(const PlanPlace& place) const;
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
  void note_rendered_charts();

  CachedSources& sources_;
  Limits limits_;
  Kustomizer kustomizer_;
  FactsReader reader_;                // of builds
  std::shared_ptr<PlanInput> input_;  // never null; not changed while it is lent
  bool is_lent_ = false;
  std::map<std::string, std::shared_ptr<const FileFacts>, std::less<>> facts_apart_;  // changed meanwhile
  std::shared_ptr<const std::vector<BuildRequest>> requests_;                         // never null
  SharedBuilds builds_;
  std::set<std::uint32_t> waiting_;
  std::map<std::string, std::set<std::uint32_t>, std::less<>> builds_by_file_;
  std::uint64_t outcome_ = 0;
  std::set<std::uint32_t> to_render_;
  std::map<std::string, std::uint64_t, std::less<>> rendering_;  // the newest version told, by facts' path
  std::uint64_t version_ = 0;
};

}  // namespace workspace
