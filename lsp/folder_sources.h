// The builds and meshes of one folder, in step with its files and buffers.
// Source: docs/design/sources.md.
//
// Builds are made on the engine thread, one at a time between messages: what an edit changes waits for those
// that look at the file, and for no other. Which meshes there are is planned anew when files, kustomizations
// or deployments come or go, or when a resource that is defined twice changes. Engine thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/workspace_plan.h"
#include "workspace/sources/workspace_builds.h"

namespace lsp {

class FolderSources {
 public:
  // `files` must outlive this.
  FolderSources(const workspace::FileSystem& files, const workspace::Limits& limits)
      : sources_(files, limits.file_size), builds_(sources_, limits) {}
  FolderSources(const FolderSources&) = delete;
  FolderSources& operator=(const FolderSources&) = delete;

  // A file says something else now (null: it is new, or gone). `buffer`: of an open document; null: the disk
  // counts.
  void file_changed(const std::string& path, const workspace::FileFacts* before,
                    const std::shared_ptr<const workspace::FileFacts>& after,
                    workspace::SharedSourceText buffer);
  void set_charts(std::vector<std::string> charts);
  // The plan must be made anew.
  void set_stale() { stale_ = true; }

  // Makes the next build that waits, or lists the files anew; false: only a plan may be left to make.
  bool step(const std::vector<checks::MeshDefinition>& meshes, const checks::Analysis& analysis,
            std::vector<checks::FileUpdate>& updates);
  // Makes the builds that look at a file and wait.
  std::vector<checks::FileUpdate> finish(const std::string& path, const checks::Analysis& analysis);
  [[nodiscard]] bool has_steps() const { return stale_ || builds_.has_waiting(); }
  [[nodiscard]] bool waits_for(const std::string& path) const { return builds_.waits_for(path); }
  [[nodiscard]] bool needs_plan() const { return !has_steps() && planned_outcome_ != builds_.outcome(); }
  checks::WorkspacePlan plan(const std::vector<checks::MeshDefinition>& meshes);

  [[nodiscard]] workspace::WorkspaceBuilds& builds() { return builds_; }

 private:
  void note(const std::vector<checks::FileUpdate>& made, const checks::Analysis& analysis);

  workspace::CachedSources sources_;
  workspace::WorkspaceBuilds builds_;
  workspace::PlanIndex index_;
  std::vector<std::string> charts_;
  bool stale_ = true;
  std::optional<std::uint64_t> planned_outcome_;
};

}  // namespace lsp
