// Any text as a workspace (story.h) with kustomizations, charts and what deploys them: which builds there
// are, what they say, and which meshes they and the plain files form; kept up to date after each step, some
// of which are made in an editor's buffer and not on the disk.
//
// Promises: a plan has each file and build where it can be, once; it does not depend on the order in which it
// is told of them; and after each step builds, plan, notes and findings are those of a workspace read afresh.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/workspace_plan.h"
#include "checks/registry.h"
#include "fuzz/story.h"
#include "fuzz/target.h"
#include "lsp/folder_sources.h"
#include "tests/support/memory_file_system.h"
#include "workspace/base/uri.h"
#include "workspace/files/discovery.h"

namespace fuzz {
namespace {

using workspace::MeshPlan;
using workspace::PlanInput;
using workspace::PlanUnit;
using workspace::WorkspaceBuild;

template <class T>
std::vector<T> reversed(std::vector<T> items) {
  std::reverse(items.begin(), items.end());
  return items;
}

checks::MeshDefinition whole_folder() {
  checks::MeshDefinition mesh;
  mesh.root = kStoryRoot;
  mesh.planned = true;
  return mesh;
}

// A folder as the server has it: files, builds, findings.
class Folder {
 public:
  explicit Folder(const Texts& texts)
      : definitions_({whole_folder()}),
        analysis_(checks::check_registry(), definitions_),
        sources_(files_, workspace::kDefaultLimits) {
    for (const auto& [path, text] : texts) {
      texts_[path] = text;
      files_.add(path, text);
    }
    std::vector<checks::FileUpdate> updates;
    for (const auto& [path, text] : texts_) {
      if (workspace::is_manifest_name(path)) updates.push_back({path, workspace::read_facts(text)});
    }
    analysis_.apply(std::move(updates));
    catch_up();
  }

  [[nodiscard]] const Texts& texts() const { return texts_; }

  // `in_buffer`: the disk says what it did.
  void take(const Step& step, bool in_buffer) {
    const bool was_there = texts_.contains(step.path);
    if (!step.text) {
      texts_.erase(step.path);
      files_.remove(step.path);
    } else {
      texts_[step.path] = *step.text;
      if (!in_buffer || !was_there) files_.add(step.path, *step.text);
    }
    if (!workspace::is_manifest_name(step.path)) return;
    const auto facts = step.text ? workspace::read_facts(*step.text) : nullptr;
    const bool is_buffer = step.text && in_buffer && was_there;
    sources_.file_changed(step.path, analysis_.facts(step.path), facts,
                          is_buffer ? std::make_shared<const std::string>(*step.text) : nullptr);
    analysis_.apply({{step.path, facts}});
    catch_up();
  }

  void check_plan() {
    const std::vector<PlanUnit> units = sources_.builds().units();
    const MeshPlan plan = workspace::plan_meshes(sources_.builds().input(), units);
    std::vector<std::size_t> places(units.size());
    for (std::size_t i = 0; i < plan.meshes.size(); ++i) {
      const workspace::PlannedMesh& mesh = plan.meshes[i];
      require(i == 0 || plan.meshes[i - 1].name < mesh.name, "meshes are sorted, each name once");
      require(!mesh.units.empty() && std::is_sorted(mesh.units.begin(), mesh.units.end()),
              mesh.name + ": a mesh has units, in order");
      for (const std::uint32_t unit : mesh.units) {
        require(unit < units.size(), mesh.name + ": a mesh has units that there are");
        require(!units[unit].refused, mesh.name + ": a refused build is in no mesh");
        ++places[unit];
      }
    }
    require(std::is_sorted(plan.left_out.begin(), plan.left_out.end()), "what is left out is in order");
    for (const std::uint32_t unit : plan.left_out) {
      require(unit < units.size() && places[unit] == 0, "what is left out is in no mesh");
      ++places[unit];
    }
    for (std::size_t i = 0; i < units.size(); ++i)
      require(places[i] > 0, units[i].path + ": is in a mesh, or left out");
    for (const workspace::UnlistedFile& file : plan.unlisted) {
      require(
          file.unit < units.size() && file.kustomization < sources_.builds().input().kustomizations.size(),
          "a file that is not listed, and the kustomization that does not list it, are there");
    }
  }

  // What the plan says, told of everything in the other order, is what it says.
  void check_order() {
    const PlanInput& input = sources_.builds().input();
    const std::vector<PlanUnit> units = sources_.builds().units();
    PlanInput turned = input;
    turned.kustomizations = reversed(std::move(turned.kustomizations));
    turned.charts = reversed(std::move(turned.charts));
    require(in_words(workspace::plan_builds(turned)) == in_words(workspace::plan_builds(input)),
            "which builds there are does not depend on the order of kustomizations and charts");
    const std::vector<PlanUnit> turned_units = reversed(units);
    require(in_words(workspace::plan_meshes(turned, turned_units), turned_units) ==
                in_words(workspace::plan_meshes(input, units), units),
            "which meshes there are does not depend on the order of units");
  }

  // What is shown of the folder, to compare.
  [[nodiscard]] std::vector<std::string> said() {
    std::vector<std::string> lines;
    for (const auto& each : sources_.builds().builds()) {
      const WorkspaceBuild& build = *each;
      lines.push_back(fmt::format("build {} {}{}{}\n{}", build.request.name, build.path,
                                  build.partial ? " partial" : "", build.refused ? " refused" : "",
                                  build.facts->origin->text()));
      for (const std::string& path : *build.looked_at) lines.push_back("looked at " + path);
      for (const auto& problem : build.problems) {
        lines.push_back(fmt::format("problem {} {}-{} {}", problem.path, problem.range.begin,
                                    problem.range.end, problem.message));
      }
    }
    for (const checks::MeshDefinition& mesh : plan_.meshes) {
      lines.push_back(fmt::format("mesh {} {} {}{}", mesh.name, static_cast<int>(mesh.scope),
                                  mesh.unseen.documents, mesh.unseen.pods));
      for (const auto& [path, facts] : all_facts()) {
        if (checks::contains(mesh, path)) lines.push_back("holds " + path);
      }
    }
    lines.push_back(fmt::format("{} not listed, charts apart: {}", plan_.unlisted, plan_.charts_apart));
    for (const checks::Finding& finding : analysis_.all_findings()) {
      lines.push_back(fmt::format("{} {} {}-{} {}", finding.code, finding.at.file, finding.at.range.begin,
                                  finding.at.range.end, finding.message));
      require(!texts_.contains(finding.at.file) || finding.at.range.end <= texts_.at(finding.at.file).size(),
              finding.code + ": a finding lies inside its file");
    }
    return lines;
  }

 private:
  static std::vector<std::string> in_words(const std::vector<workspace::BuildRequest>& requests) {
    std::vector<std::string> lines;
    for (const workspace::BuildRequest& request : requests)
      lines.push_back(fmt::format("{} {} {} {}", request.name, request.folder, fmt::join(request.files, ","),
                                  fmt::join(request.folders, ",")));
    return lines;
  }
  static std::set<std::string> in_words(const MeshPlan& plan, const std::vector<PlanUnit>& units) {
    std::set<std::string> lines;
    const auto paths = [&](const std::vector<std::uint32_t>& of) {
      std::set<std::string> names;
      for (const std::uint32_t unit : of) names.insert(units[unit].path);
      return fmt::format("{}", fmt::join(names, " "));
    };
    for (const workspace::PlannedMesh& mesh : plan.meshes)
      lines.insert(
          fmt::format("{} {} {} {}", mesh.name, mesh.partial, mesh.unrendered_charts, paths(mesh.units)));
    lines.insert("left out " + paths(plan.left_out));
    for (const workspace::UnlistedFile& file : plan.unlisted)
      lines.insert("not listed " + units[file.unit].path);
    return lines;
  }

  std::vector<checks::FileUpdate> all_facts() { return analysis_.files_after("", SIZE_MAX); }

  void catch_up() {
    std::vector<std::string> charts;
    for (const auto& [path, text] : texts_) {
      if (workspace::base_name(path) == "Chart.yaml") charts.push_back(workspace::parent_path(path));
    }
    sources_.set_charts(std::move(charts));
    while (sources_.has_steps()) {
      std::vector<checks::FileUpdate> updates;
      sources_.step(definitions_, analysis_, updates);
      if (!updates.empty()) analysis_.apply(std::move(updates));
    }
    if (!sources_.needs_plan()) return;
    plan_ = *sources_.plan(definitions_);
    analysis_.set_meshes(plan_.meshes);
    analysis_.set_source_notes(plan_.notes);
  }

  tests::MemoryFileSystem files_;
  Texts texts_;  // as the editor shows them
  const std::vector<checks::MeshDefinition> definitions_;
  checks::Analysis analysis_;
  lsp::FolderSources sources_;
  checks::WorkspacePlan plan_;
};

void compare(Folder& folder) {
  Folder fresh(folder.texts());
  const std::vector<std::string> ours = folder.said();
  const std::vector<std::string> theirs = fresh.said();
  if (std::getenv("FUZZ_TRACE") != nullptr)
    fmt::print(stderr, "kept:\n{}\n\nafresh:\n{}\n\n", fmt::join(ours, "\n"), fmt::join(theirs, "\n"));
  const auto [a, b] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  if (a == ours.end() && b == theirs.end()) return;
  throw Broken(fmt::format("after a change all is as read afresh, not\n{}\nbut\n{}",
                           a == ours.end() ? "nothing" : *a, b == theirs.end() ? "nothing" : *b));
}

}  // namespace

void planning(std::string_view input) {
  const Story story = read_story(input);
  Folder folder(story.files);
  folder.check_plan();
  folder.check_order();
  bool in_buffer = false;
  for (const Step& step : story.steps) {
    folder.take(step, in_buffer);
    in_buffer = !in_buffer;
    folder.check_plan();
    compare(folder);
  }
}

}  // namespace fuzz
