#include "lsp/folder_sources.h"

#include <algorithm>
#include <utility>

#include "workspace/base/uri.h"

namespace lsp {
namespace {

void add(const std::vector<workspace::WorkspaceBuilds::BuildUpdate>& made,
         std::vector<checks::FileUpdate>& updates) {
  for (const auto& [path, facts] : made) updates.push_back({path, facts});
}

}  // namespace

void FolderSources::file_changed(const std::string& path, const workspace::FileFacts* before,
                                 const std::shared_ptr<const workspace::FileFacts>& after,
                                 workspace::SharedSourceText buffer) {
  sources_.forget(path);
  sources_.set_buffer(path, std::move(buffer));
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
  } else if (!builds_.looks_at(path)) {
    stale_ = index_.replace(before, after.get(), builds_.input().default_namespace) || stale_;
  }
}

void FolderSources::set_charts(std::vector<std::string> charts) {
  stale_ = stale_ || charts != charts_;
  charts_ = std::move(charts);
}

void FolderSources::refresh(const checks::MeshDefinition& mesh, const checks::Analysis& analysis,
                            std::vector<checks::FileUpdate>& updates) {
  stale_ = false;
  workspace::PlanInput input;
  input.root = mesh.root;
  input.default_namespace = mesh.settings.default_namespace.value_or("default");
  for (checks::FileUpdate& file : analysis.files_after(mesh.root, SIZE_MAX)) {
    if (file.facts->origin || !checks::contains(mesh, file.path)) continue;
    input.files.push_back({std::move(file.path), std::move(file.facts)});
  }
  for (const std::string& chart : charts_) input.charts.push_back({chart, false});
  add(builds_.set_files(std::move(input)), updates);
}

bool FolderSources::step(const checks::MeshDefinition& mesh, const checks::Analysis& analysis,
                         std::vector<checks::FileUpdate>& updates) {
  if (stale_) {
    refresh(mesh, analysis, updates);
    return true;
  }
  std::vector<workspace::WorkspaceBuilds::BuildUpdate> made;
  const bool did = builds_.step(made);
  // What a build says is defined twice may have changed.
  for (const auto& [path, facts] : made) {
    const std::string& ns = builds_.input().default_namespace;
    if (index_.replace(analysis.facts(path), facts.get(), ns)) planned_outcome_.reset();
  }
  add(made, updates);
  return did;
}

void FolderSources::finish(const std::string& path, std::vector<checks::FileUpdate>& updates) {
  std::vector<workspace::WorkspaceBuilds::BuildUpdate> made;
  while (builds_.step_for(path, made)) {
  }
  planned_outcome_.reset();
  add(made, updates);
}

checks::WorkspacePlan FolderSources::plan(const checks::MeshDefinition& mesh) {
  planned_outcome_ = builds_.outcome();
  index_ = builds_.plan_index();
  return checks::plan_workspace(mesh, builds_);
}

}  // namespace lsp
