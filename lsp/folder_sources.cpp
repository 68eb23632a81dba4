#include "lsp/folder_sources.h"

#include <algorithm>
#include <utility>

#include "workspace/base/uri.h"

namespace lsp {

void FolderSources::file_changed(const std::string& path, const workspace::FileFacts* before,
                                 const std::shared_ptr<const workspace::FileFacts>& after,
                                 workspace::SharedSourceText buffer) {
  sources_.set_buffer(path, std::move(buffer));
  if (builds_.input().root.empty()) return;  // nothing was asked of the sources before the first listing
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
  if (workspace::WorkspaceBuilds::is_kustomization(path)) {
    stale_ = true;
  } else if (builds_.looks_at(path)) {
    stale_ = index_.changes_builds(before, after.get()) || stale_;  // the rest is said by the builds
  } else {
    stale_ = index_.replace(before, after.get(), builds_.input().default_namespace) || stale_;
  }
}

void FolderSources::set_charts(std::vector<std::string> charts) {
  stale_ = stale_ || charts != charts_;
  charts_ = std::move(charts);
}

bool FolderSources::step(const std::vector<checks::MeshDefinition>& meshes, const checks::Analysis& analysis,
                         std::vector<checks::FileUpdate>& updates) {
  if (stale_) {
    stale_ = false;
    updates = builds_.set_files(checks::plan_input(meshes, analysis, charts_));
    return true;
  }
  const bool did = builds_.step(updates);
  note(updates, analysis);
  return did;
}

std::vector<checks::FileUpdate> FolderSources::finish(const std::string& path,
                                                      const checks::Analysis& analysis) {
  std::vector<checks::FileUpdate> made = builds_.make_waiting_for(path);
  note(made, analysis);
  return made;
}

// What a build says is defined twice may have changed.
void FolderSources::note(const std::vector<checks::FileUpdate>& made, const checks::Analysis& analysis) {
  for (const checks::FileUpdate& build : made) {
    const std::string& ns = builds_.input().default_namespace;
    if (index_.replace(analysis.facts(build.path), build.facts.get(), ns)) planned_outcome_.reset();
  }
}

checks::WorkspacePlan FolderSources::plan(const std::vector<checks::MeshDefinition>& meshes) {
  const std::vector<workspace::PlanUnit> units = builds_.units();
  planned_outcome_ = builds_.outcome();
  index_ = builds_.plan_index(units);
  return checks::plan_workspace(meshes, builds_, units);
}

}  // namespace lsp
