// The builds and meshes of one folder, in step with its files and buffers.
// Source: docs/design/sources.md.
//
// Builds are made on the engine thread, one at a time between messages: what an edit changes waits for those
// that look at the file, and for no other. Which meshes there are is planned anew when files, kustomizations
// or deployments come or go, or when a resource that is defined twice changes.
//
// In a large folder nothing that costs with the folder is done at once on the engine thread: the files are
// listed in slices, a worker works out which builds there are, and from those, once they are made, which
// meshes. What changes meanwhile is noted, and taken over with the result; where that is not enough, it is
// done again. Engine thread, but for the workers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/workspace_plan.h"
#include "lsp/scheduler.h"
#include "workspace/sources/workspace_builds.h"

namespace lsp {

class FolderSources {
 public:
  // Where folders of so many manifests are planned. It must outlive the FolderSources.
  struct Workers {
    Scheduler* scheduler = nullptr;  // null: nowhere but on the engine thread
    std::size_t from = 0;
  };

  // `files` must outlive this. Without workers all is made at once.
  FolderSources(const workspace::FileSystem& files, const workspace::Limits& limits);
  FolderSources(const workspace::FileSystem& files, const workspace::Limits& limits, Workers workers);
  FolderSources(const FolderSources&) = delete;
  FolderSources& operator=(const FolderSources&) = delete;
  ~FolderSources();

  // A file says something else now (null: it is new, or gone). `buffer`: of an open document; null: the disk
  // counts.
  void file_changed(const std::string& path, const workspace::FileFacts* before,
                    const std::shared_ptr<const workspace::FileFacts>& after,
                    workspace::SharedSourceText buffer);
  void set_charts(std::vector<std::string> charts);
  // The files must be listed and the plan be made anew.
  void set_stale() { stale_ = true; }

  // Makes the next build that waits, or goes on listing the files anew; false: only a plan may be left to
  // make.
  bool step(const std::vector<checks::MeshDefinition>& meshes, const checks::Analysis& analysis,
            std::vector<checks::FileUpdate>& updates);
  // Makes the builds that look at a file and wait.
  std::vector<checks::FileUpdate> finish(const std::string& path, const checks::Analysis& analysis);
  [[nodiscard]] bool has_steps() const;
  [[nodiscard]] bool waits_for(const std::string& path) const { return builds_.waits_for(path); }
  // Files are being listed, or a worker is at work.
  [[nodiscard]] bool is_planning() const { return listing_ != nullptr || planning_ != nullptr; }
  // There is a plan to be made, or to be taken from a worker.
  [[nodiscard]] bool needs_plan() const;
  // None: a worker makes it, and `needs_plan` says when it is made. Members of a mesh that are as they were
  // in the last plan are the same object.
  std::optional<checks::WorkspacePlan> plan(const std::vector<checks::MeshDefinition>& meshes);
  // Has a worker free what takes long to free, if nobody else holds it.
  void discard(std::shared_ptr<void> spent) const;

  [[nodiscard]] workspace::WorkspaceBuilds& builds() { return builds_; }

 private:
  // On the heap, since it takes long to free.
  struct State {
    State(const workspace::FileSystem& files, const workspace::Limits& limits)
        : sources(files, limits.file_size), builds(sources, limits) {}
    workspace::CachedSources sources;
    workspace::WorkspaceBuilds builds;
    workspace::PlanIndex index;
  };
  struct Listing;
  struct Planning;

  [[nodiscard]] bool use_workers(std::size_t files) const {
    return workers_.scheduler != nullptr && files >= workers_.from;
  }
  // The first plan is waited for; until later ones are made, the one before serves.
  [[nodiscard]] Scheduler::Urgency urgency() const {
    return is_planned_ ? Scheduler::Urgency::Background : Scheduler::Urgency::Usual;
  }
  void list(const checks::Analysis& analysis);
  std::vector<checks::FileUpdate> take_listed();
  checks::WorkspacePlan take_planned();
  void stop_planning();
  void note(const std::vector<checks::FileUpdate>& made, const checks::Analysis& analysis);

  const Workers workers_;
  std::shared_ptr<State> state_;
  workspace::CachedSources& sources_;
  workspace::WorkspaceBuilds& builds_;
  workspace::PlanIndex& index_;
  std::vector<std::string> charts_;
  bool stale_ = true;
  bool is_planned_ = false;
  std::optional<std::uint64_t> planned_outcome_;
  std::vector<checks::MeshDefinition> planned_;  // for their members
  std::shared_ptr<Listing> listing_;
  std::shared_ptr<Planning> planning_;
};

}  // namespace lsp
