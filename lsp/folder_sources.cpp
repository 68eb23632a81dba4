#include "lsp/folder_sources.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "workspace/base/uri.h"

namespace lsp {

namespace {

using FactsByPath = std::map<std::string, std::shared_ptr<const workspace::FileFacts>, std::less<>>;

// Few, since a kustomization among them is read.
constexpr std::size_t kFilesPerStep = 16;

}  // namespace

// From the files to the builds that there are. The worker has the input and the requests to itself.
struct FolderSources::Listing {
  Listing(const std::vector<checks::MeshDefinition>& meshes, const std::vector<std::string>& charts)
      : filter(meshes),
        input(std::make_shared<workspace::PlanInput>(checks::plan_input_without_files(meshes, charts))),
        last(input->root) {}

  void make() { requests = workspace::plan_builds(*input); }

  checks::PlanFileFilter filter;
  std::shared_ptr<workspace::PlanInput> input;
  std::vector<workspace::BuildRequest> requests;
  std::string last;  // path listed
  bool has_files = false;
  std::size_t charts_read = 0;
  bool is_with_worker = false;
  bool is_done = false;
  FactsByPath late;  // what files say that changed since they were listed
  std::atomic<bool> is_dropped = false;
};

// From the builds to the meshes. The worker has all to itself but `late`.
struct FolderSources::Planning {
  Planning(std::vector<checks::MeshDefinition> definitions, workspace::PlanSources lent, std::uint64_t of,
           std::vector<checks::MeshDefinition> planned)
      : meshes(std::move(definitions)), sources(std::move(lent)), outcome(of), before(std::move(planned)) {}

  void make() {
    const std::vector<workspace::PlanUnit> units = workspace::plan_units(sources);
    index = workspace::PlanIndex(*sources.input, *sources.requests, units);
    plan = checks::plan_workspace(meshes, sources, units);
    keep_members();
  }

  // To find that two sets of 100,000 paths are equal takes longer than an edit may wait.
  void keep_members() {
    std::unordered_multimap<std::string_view, const checks::MeshDefinition*> by_name;
    for (const checks::MeshDefinition& mesh : before) by_name.emplace(mesh.name, &mesh);
    for (checks::MeshDefinition& mesh : plan.meshes) {
      const auto [first, last] = by_name.equal_range(mesh.name);
      const auto same = std::find_if(first, last, [&mesh](const auto& known) {
        const auto& members = known.second->members;
        return known.second->scope == mesh.scope && members != nullptr && mesh.members != nullptr &&
               *members == *mesh.members;
      });
      if (same != last) mesh.members = same->second->members;
    }
  }

  std::vector<checks::MeshDefinition> meshes;
  workspace::PlanSources sources;
  std::uint64_t outcome = 0;
  std::vector<checks::MeshDefinition> before;
  checks::WorkspacePlan plan;
  workspace::PlanIndex index;
  bool is_done = false;
  FactsByPath late;  // what files say that changed since
  std::atomic<bool> is_dropped = false;
};

namespace {

// Has a worker make it. Whoever drops it does not free it: that takes long.
template <class Work>
void run(Scheduler& scheduler, Scheduler::Urgency urgency, std::shared_ptr<Work> work) {
  scheduler.run(
      [&scheduler, work = std::move(work)]() mutable -> Task {
        if (!work->is_dropped && !scheduler.cancelled()) work->make();
        if (work->is_dropped) {
          work.reset();
          return {};
        }
        return [&scheduler, work = std::move(work)]() mutable {
          work->is_done = true;
          if (work->is_dropped) scheduler.free(std::move(work));
        };
      },
      urgency);
}

}  // namespace

FolderSources::FolderSources(const workspace::FileSystem& files, const workspace::Limits& limits)
    : FolderSources(files, limits, Workers{}) {}

FolderSources::FolderSources(const workspace::FileSystem& files, const workspace::Limits& limits,
                             Workers workers)
    : workers_(workers),
      state_(std::make_shared<State>(files, limits)),
      sources_(state_->sources),
      builds_(state_->builds),
      index_(state_->index) {}

FolderSources::~FolderSources() {
  stop_planning();
  discard(std::move(state_));
}

void FolderSources::discard(std::shared_ptr<void> spent) const {
  if (workers_.scheduler != nullptr) workers_.scheduler->free(std::move(spent));
}

// Results that workers are making count for nothing.
void FolderSources::stop_planning() {
  if (listing_ != nullptr) {
    listing_->is_dropped = true;
    discard(std::exchange(listing_, nullptr));
  }
  if (planning_ != nullptr) {
    planning_->is_dropped = true;
    discard(std::exchange(planning_, nullptr));
  }
}

void FolderSources::file_changed(const std::string& path, const workspace::FileFacts* before,
                                 const std::shared_ptr<const workspace::FileFacts>& after,
                                 workspace::SharedSourceText buffer) {
  sources_.set_buffer(path, std::move(buffer));
  // Nothing was asked of the sources before the first listing.
  if (builds_.input().root.empty() && listing_ == nullptr) return;
  sources_.forget(path);
  builds_.mark_changed(path);
  const bool comes_or_goes = before == nullptr || after == nullptr;
  for (std::string folder = workspace::parent_path(path); folder.size() > 1;
       folder = workspace::parent_path(folder)) {
    // A folder that was not there may be now, and the other way about.
    if (comes_or_goes) sources_.forget(folder);
    if (sources_.forget_missing_folder(folder) || comes_or_goes) {
      builds_.mark_changed(folder);
      stale_ = true;
    }
  }
  if (comes_or_goes) return;
  builds_.set_facts(path, after);
  if (workspace::has_kustomization_name(path)) {
    stale_ = true;
    return;
  }
  if (listing_ != nullptr) {
    // The index is of what was planned before, and is made anew.
    if (!listing_->is_with_worker && path > listing_->last) return;  // not listed yet
    listing_->late[path] = after;
    stale_ = workspace::PlanIndex::may_change_builds(before, after.get()) || stale_;
  } else if (planning_ != nullptr) {
    planning_->late[path] = after;
  } else if (index_.changes_builds(before, after.get())) {
    stale_ = true;
  } else if (!builds_.looks_at(path) &&  // else the builds say the rest
             index_.replace(before, after.get(), builds_.input().default_namespace)) {
    planned_outcome_.reset();
  }
}

void FolderSources::set_charts(std::vector<std::string> charts) {
  stale_ = stale_ || charts != charts_;
  charts_ = std::move(charts);
}

bool FolderSources::has_steps() const {
  if (stale_ || builds_.has_waiting()) return true;
  return listing_ != nullptr && (listing_->is_done || !listing_->is_with_worker);
}

bool FolderSources::step(const std::vector<checks::MeshDefinition>& meshes, const checks::Analysis& analysis,
                         std::vector<checks::FileUpdate>& updates) {
  if (stale_) {
    stale_ = false;
    stop_planning();
    if (use_workers(analysis.file_count())) {
      listing_ = std::make_shared<Listing>(meshes, charts_);
    } else {
      updates = builds_.set_files(checks::plan_input(meshes, analysis, charts_));
    }
    return true;
  }
  if (listing_ != nullptr && listing_->is_done) {
    updates = take_listed();
    return true;
  }
  if (listing_ != nullptr && !listing_->is_with_worker) {
    list(analysis);
    return true;
  }
  const bool did = builds_.step(updates);
  note(updates, analysis);
  return did;
}

void FolderSources::list(const checks::Analysis& analysis) {
  Listing& listing = *listing_;
  if (!listing.has_files) {
    std::vector<checks::FileUpdate> more = analysis.files_after(listing.last, kFilesPerStep);
    listing.has_files = more.empty();
    if (!more.empty()) listing.last = more.back().path;
    for (checks::FileUpdate& file : more) {
      if (!listing.filter.accepts(file)) continue;
      builds_.add_kustomization(file.path, *listing.input);
      listing.input->files.push_back({std::move(file.path), std::move(file.facts)});
    }
    return;
  }
  std::vector<workspace::PlannedChart>& charts = listing.input->charts;
  if (listing.charts_read < charts.size()) {
    for (std::size_t i = 0; i < kFilesPerStep && listing.charts_read < charts.size(); ++i)
      builds_.read_chart(charts[listing.charts_read++]);
    return;
  }
  builds_.finish_charts(*listing.input);
  listing.is_with_worker = true;
  run(*workers_.scheduler, urgency(), listing_);
}

std::vector<checks::FileUpdate> FolderSources::take_listed() {
  const std::shared_ptr<Listing> listing = std::exchange(listing_, nullptr);
  std::shared_ptr<void> before = builds_.shared_input();
  std::vector<checks::FileUpdate> gone =
      builds_.set_requests(std::move(listing->input), std::move(listing->requests));
  discard(std::move(before));
  for (auto& [path, facts] : listing->late) builds_.set_facts(path, std::move(facts));
  return gone;
}

std::vector<checks::FileUpdate> FolderSources::finish(const std::string& path,
                                                      const checks::Analysis& analysis) {
  std::vector<checks::FileUpdate> made = builds_.make_waiting_for(path);
  note(made, analysis);
  return made;
}

// What a build says is defined twice may have changed.
void FolderSources::note(const std::vector<checks::FileUpdate>& made, const checks::Analysis& analysis) {
  if (is_planning()) return;  // the index is being made anew
  for (const checks::FileUpdate& build : made) {
    const std::string& ns = builds_.input().default_namespace;
    if (index_.replace(analysis.facts(build.path), build.facts.get(), ns)) planned_outcome_.reset();
  }
}

bool FolderSources::needs_plan() const {
  if (has_steps() || listing_ != nullptr) return false;
  return planning_ == nullptr ? planned_outcome_ != builds_.outcome() : planning_->is_done;
}

std::optional<checks::WorkspacePlan> FolderSources::plan(const std::vector<checks::MeshDefinition>& meshes) {
  if (planning_ == nullptr) {
    planning_ = std::make_shared<Planning>(meshes, builds_.lend_plan_sources(), builds_.outcome(), planned_);
    if (use_workers(builds_.input().files.size())) {
      run(*workers_.scheduler, urgency(), planning_);
    } else {
      planning_->make();
      planning_->is_done = true;
    }
  }
  if (!planning_->is_done) return std::nullopt;
  return take_planned();
}

checks::WorkspacePlan FolderSources::take_planned() {
  std::shared_ptr<Planning> planned = std::exchange(planning_, nullptr);
  planned_outcome_ = planned->outcome;
  std::swap(index_, planned->index);
  const std::string& ns = builds_.input().default_namespace;
  for (const auto& [path, after] : planned->late) {
    const auto file = workspace::file_index(*planned->sources.input, path);
    if (!file) continue;
    const workspace::FileFacts* before = planned->sources.input->files[*file].facts.get();
    if (index_.changes_builds(before, after.get())) {
      stale_ = true;
    } else if (!builds_.looks_at(path) && index_.replace(before, after.get(), ns)) {
      planned_outcome_.reset();
    }
  }
  builds_.take_changes_over();
  const workspace::SharedBuilds& now = builds_.builds();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const workspace::WorkspaceBuild& before = *planned->sources.builds[i];
    if (now[i]->facts != before.facts && index_.replace(before.facts.get(), now[i]->facts.get(), ns))
      planned_outcome_.reset();
  }
  planned_ = planned->plan.meshes;
  is_planned_ = true;
  checks::WorkspacePlan plan = std::move(planned->plan);
  discard(std::move(planned));
  return plan;
}

}  // namespace lsp
