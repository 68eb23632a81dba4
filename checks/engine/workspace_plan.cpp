#include "checks/engine/workspace_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "workspace/base/uri.h"
#include "workspace/files/discovery.h"
#include "workspace/files/glob.h"

namespace checks {

namespace {

using workspace::BuildProblem;
using workspace::BuildProblemKind;
using workspace::MeshPlan;
using workspace::PlanUnit;
using workspace::UnseenKind;
using workspace::WorkspaceBuild;

using Paths = decltype(MeshMembers::paths);

std::string relative(const std::string& root, const std::string& path) {
  const std::string prefix = root == "/" ? root : root + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

class Planner {
 public:
  Planner(const std::vector<MeshDefinition>& meshes, const workspace::PlanSources& sources,
          const std::vector<PlanUnit>& units)
      : meshes_(meshes),
        mesh_(meshes.front()),
        input_(*sources.input),
        builds_(sources.builds),
        units_(units),
        plan_(mesh_.planned ? workspace::plan_meshes(input_, units) : MeshPlan()) {}

  WorkspacePlan run() {
    if (mesh_.planned) {
      add_meshes();
    } else {
      add_configured();
    }
    add_problems();
    add_unlisted();
    add_charts();
    add_unseen();
    add_alternatives();
    for (const auto& mesh : plan_.meshes) result_.meshes_found.push_back(mesh.name);
    result_.unlisted = plan_.unlisted.size();
    result_.charts_apart = plan_.charts_apart;
    return std::move(result_);
  }

 private:
  [[nodiscard]] const std::string& path_of(const PlanUnit& unit) const {
    return unit.is_build ? builds_[unit.request]->path : unit.path;
  }

  void add(const std::string& name, MeshScope scope, MeshMembers members, Unseen unseen) {
    MeshDefinition& definition = result_.meshes.emplace_back(mesh_);
    definition.name = name;
    definition.scope = scope;
    definition.unseen.documents |= unseen.documents;
    definition.unseen.pods |= unseen.pods;
    definition.planned = true;
    definition.include.clear();
    definition.builds.clear();
    if (scope != MeshScope::Whole) definition.cluster = nullptr;
    const bool is_all = members.are_left_out && members.paths.empty();
    if (!is_all) definition.members = std::make_shared<const MeshMembers>(std::move(members));
  }

  void add_meshes() {
    // Files that only builds read, and of refused builds those too whose documents are said by themselves.
    Paths alone;
    for (const std::uint32_t unit : plan_.left_out) {
      if (!units_[unit].is_build) alone.insert(path_of(units_[unit]));
    }
    Paths read_by_builds;
    for (const auto& build : builds_) {
      for (const std::string& path : *build->looked_at)
        (build->refused ? alone : read_by_builds).insert(path);
    }
    for (const auto& kustomization : input_.kustomizations) read_by_builds.insert(kustomization.path);
    for (const std::string& path : read_by_builds) alone.erase(path);

    for (const auto& planned : plan_.meshes) {
      const Unseen unseen{planned.partial, planned.unrendered_charts};
      // The larger part is named by what it is not: new files are in it, and it is short.
      if (planned.units.size() * 2 > units_.size()) {
        MeshMembers members{.are_left_out = true, .paths = read_by_builds};
        members.paths.insert(alone.begin(), alone.end());
        std::vector<bool> is_in(units_.size());
        for (const std::uint32_t unit : planned.units) is_in[unit] = true;
        for (std::size_t i = 0; i < units_.size(); ++i) {
          if (!is_in[i]) members.paths.insert(path_of(units_[i]));
        }
        add(planned.name, MeshScope::Whole, std::move(members), unseen);
      } else {
        MeshMembers members;
        for (const std::uint32_t unit : planned.units) members.paths.insert(path_of(units_[unit]));
        add(planned.name, MeshScope::Whole, std::move(members), unseen);
      }
    }
    if (plan_.meshes.empty()) {
      MeshMembers members{.are_left_out = true, .paths = read_by_builds};
      members.paths.insert(alone.begin(), alone.end());
      for (const auto& build : builds_) members.paths.insert(build->path);
      add(mesh_.name, MeshScope::Whole, std::move(members), {});
    }
    add_without_mesh(std::move(alone), std::move(read_by_builds));
  }

  // Files that are checked each by itself, and those that builds read, which are only to be valid YAML. What
  // only generators take is text of a ConfigMap or Secret, and may be anything.
  void add_without_mesh(Paths alone, Paths read) {
    Paths contents;
    for (const auto& kustomization : input_.kustomizations) {
      for (const std::string& path : kustomization.contents) {
        if (!workspace::is_manifest_name(path)) contents.insert(path);
      }
    }
    for (const auto& kustomization : input_.kustomizations) {
      for (const std::string& path : kustomization.resources) contents.erase(path);
    }
    for (const std::string& path : contents) {
      alone.erase(path);
      read.erase(path);
    }
    if (!alone.empty()) add(mesh_.name, MeshScope::EachByItself, {false, std::move(alone)}, {});
    if (!read.empty()) add(mesh_.name, MeshScope::ValidYaml, {false, std::move(read)}, {});
  }

  // Files that builds read are in a mesh as built; those of refused builds are said by themselves.
  void add_configured() {
    Paths read;
    Paths alone;
    for (const MeshDefinition& mesh : meshes_) {
      MeshDefinition& definition = result_.meshes.emplace_back(mesh);
      MeshMembers members{.are_left_out = true, .paths = {}};
      const Paths included = included_by_builds_of(mesh);
      for (const auto& each : builds_) {
        const WorkspaceBuild& build = *each;
        if (build.request.is_chart) {
          add_configured_chart(mesh, build, definition, members.paths);
          read.insert(build.looked_at->begin(), build.looked_at->end());
          continue;
        }
        if (!contains(mesh, build.path)) continue;
        if (build.refused || included.contains(build.request.folder)) members.paths.insert(build.path);
        definition.unseen.documents |= build.partial || build.refused;
        members.paths.insert(build.looked_at->begin(), build.looked_at->end());
        (build.refused ? alone : read).insert(build.looked_at->begin(), build.looked_at->end());
      }
      if (!members.paths.empty())
        definition.members = std::make_shared<const MeshMembers>(std::move(members));
    }
    for (const std::string& path : read) alone.erase(path);
    add_without_mesh(std::move(alone), std::move(read));
  }

  // A chart is in the meshes that its release names, else in those that it stands in.
  static void add_configured_chart(const MeshDefinition& mesh, const WorkspaceBuild& build,
                                   MeshDefinition& definition, Paths& left_out) {
    const std::vector<std::string>& named = build.request.chart.meshes;
    const bool is_in =
        named.empty() ? contains(mesh, build.path) || contains(mesh, build.request.folder + "/Chart.yaml")
                      : std::find(named.begin(), named.end(), mesh.name) != named.end();
    left_out.insert(build.looked_at->begin(), build.looked_at->end());
    if (!is_in) {
      left_out.insert(build.path);
      return;
    }
    definition.unseen.pods |= !build.is_rendered();
    definition.unseen.documents |= build.partial;
    if (!contains(mesh, build.path))
      definition.builds.push_back(workspace::glob_escape(relative(mesh.root, build.request.folder)));
    // Such a mesh says by its globs alone which files are in it.
    if (mesh.include.empty() && mesh.builds.empty()) definition.include.emplace_back("**");
  }

  // The folders that builds of a mesh include: a glob that matches them too does not take them twice.
  [[nodiscard]] Paths included_by_builds_of(const MeshDefinition& mesh) const {
    std::unordered_multimap<std::string_view, std::string_view> below;
    for (const auto& kustomization : input_.kustomizations) {
      const std::string_view folder =
          std::string_view(kustomization.path).substr(0, kustomization.path.rfind('/'));
      for (const std::string& included : kustomization.folders) below.emplace(folder, included);
    }
    Paths included;
    std::vector<std::string_view> pending;
    for (const auto& build : builds_) {
      if (contains(mesh, build->path)) pending.emplace_back(build->request.folder);
    }
    while (!pending.empty()) {
      const auto [first, last] = below.equal_range(pending.back());
      pending.pop_back();
      for (auto at = first; at != last; ++at) {
        if (included.emplace(at->second).second) pending.push_back(at->second);
      }
    }
    return included;
  }

  void note(std::string code, Severity severity, std::string file, workspace::ByteRange range,
            std::string message) {
    result_.notes.push_back({std::move(code), severity, std::move(file), range, std::move(message)});
  }

  // Flux reads what stands in its source, wherever that is.
  [[nodiscard]] bool is_deployed_by_flux(const workspace::BuildRequest& request) const {
    const auto is_flux = [this](const workspace::PlanPlace& place) {
      const auto& facts = input_.files[place.file].facts;
      if (facts == nullptr || place.document >= facts->documents.size()) return false;
      const auto& resources = facts->documents[place.document].facts->resources;
      return place.resource < resources.size() &&
             workspace::metadata_of(resources[place.resource]).kind == workspace::Kind::FluxKustomization;
    };
    return !request.deployments.empty() &&
           std::all_of(request.deployments.begin(), request.deployments.end(), is_flux);
  }

  void add_problems() {
    std::unordered_set<std::string> said;
    for (const auto& build : builds_) {
      for (const BuildProblem& problem : build->problems) {
        if (build->request.is_chart) {
          add_chart_problem(*build, problem);
          continue;
        }
        if (problem.kind == BuildProblemKind::OutsideRoot && is_deployed_by_flux(build->request)) continue;
        if (!said.insert(fmt::format("{}\n{}\n{}", problem.path, problem.range.begin, problem.message))
                 .second)
          continue;
        const bool unseen = problem.kind == BuildProblemKind::NotSeen;
        const bool refused = problem.kind == BuildProblemKind::Refused;
        result_.notes.push_back({unseen ? "MTLS0901" : "MTLS0902",
                                 refused ? Severity::Warning : Severity::Information, problem.path,
                                 problem.range, problem.message});
      }
    }
  }

  // Of a missing helm once.
  void add_chart_problem(const WorkspaceBuild& build, const BuildProblem& problem) {
    const bool is_first = charts_said_.insert(problem.path).second;
    if (problem.kind == BuildProblemKind::NoHelm) {
      if (std::exchange(said_no_helm_, true)) {
        if (is_first) charts_said_.erase(problem.path);
        return;
      }
      note("MTLS0904", Severity::Warning, problem.path, problem.range,
           "there is no `helm` in the folders of PATH, so no chart was rendered and checked");
    } else {
      note("MTLS0904", Severity::Warning, problem.path, problem.range,
           fmt::format("helm did not render {}, so it is not checked: {}", build.request.name,
                       problem.message));
    }
  }

  void add_unlisted() {
    for (const auto& unlisted : plan_.unlisted) {
      const PlanUnit& unit = units_[unlisted.unit];
      if (unit.is_build || unit.facts == nullptr) continue;
      const auto& kustomization = input_.kustomizations[unlisted.kustomization];
      note("MTLS0903", Severity::Hint, unit.path, {},
           fmt::format("{} does not list this file, so it is in no mesh and compared with nothing",
                       relative(mesh_.root, kustomization.path)));
      result_.notes.back().on_first_name = true;
    }
  }

  void add_charts() {
    for (const auto& chart : input_.charts) {
      if (chart.rendered || charts_said_.contains(chart.folder + "/Chart.yaml")) continue;
      note("MTLS0904", Severity::Hint, chart.folder + "/Chart.yaml", {},
           "the templates of this chart were not rendered, so they are not checked");
    }
  }

  void add_unseen() {
    for (const auto& unseen : plan_.unseen) {
      const auto& file = input_.files[unseen.place.file];
      const workspace::DocumentState& document = file.facts->documents[unseen.place.document];
      const auto& metadata = workspace::metadata_of(document.facts->resources[unseen.place.resource]);
      const auto range = document.place(metadata.name.place.range);
      if (!range) continue;
      note("MTLS0901", Severity::Hint, file.path, *range, std::string(words(unseen.kind)));
    }
  }

  // Says where else a resource is defined, where the definitions are taken as alternatives.
  void add_alternatives() {
    constexpr std::size_t kMost = 1000;  // hints; they are for a reader
    for (const auto& alternative : plan_.alternatives) {
      std::vector<Place> places;
      for (const workspace::PlanPlace& definition : alternative.definitions) {
        // Builds that take it from one base name it there, all of them.
        auto place = name_of(definition);
        if (place && std::find(places.begin(), places.end(), *place) == places.end())
          places.push_back(*std::move(place));
      }
      for (std::size_t i = 0; i < places.size() && places.size() > 1; ++i) {
        if (++alternatives_said_ > kMost) return;
        const std::string& other = places[i == 0 ? 1 : 0].file;
        const std::string more =
            places.size() > 2 ? fmt::format(" and {} other places", places.size() - 2) : std::string();
        note("MTLS0006", Severity::Hint, places[i].file, places[i].range,
             fmt::format("also defined in {}{}; taken as alternatives, which are never compared",
                         relative(mesh_.root, other), more));
      }
    }
  }

  struct Place {
    std::string file;
    workspace::ByteRange range;
    friend bool operator==(const Place&, const Place&) = default;
  };

  // Where the resource at a place of a unit is named.
  [[nodiscard]] std::optional<Place> name_of(const workspace::PlanPlace& at) const {
    const workspace::FileFacts& facts = *units_[at.file].facts;
    const workspace::DocumentState& document = facts.documents[at.document];
    const auto range =
        document.place(workspace::metadata_of(document.facts->resources[at.resource]).name.place.range);
    if (!range) return std::nullopt;
    if (!facts.origin) return Place{units_[at.file].path, *range};
    const auto source = facts.origin->place(*range);
    if (!source) return std::nullopt;
    return Place{std::string(source->file), source->range};
  }

  static std::string_view words(UnseenKind kind) {
    switch (kind) {
      case UnseenKind::HelmRelease:
        return "what this HelmRelease installs was not rendered, so its mesh is only partly known";
      case UnseenKind::Chart:
        return "the chart that this Application installs was not rendered, so its mesh is only partly known";
      case UnseenKind::OtherRepository:
        return "this Application deploys from another repository, so its mesh is only partly known";
      case UnseenKind::MissingPath:
        return "the path that this deploys is not in the workspace, so its mesh is only partly known";
      case UnseenKind::UnknownPath:
        return "the path that this deploys holds a variable, whose value is not known here, so its mesh is "
               "only "
               "partly known";
      case UnseenKind::Generator:
        return "what this generator makes is not known here, so its mesh is only partly known";
    }
    return "";
  }

  const std::vector<MeshDefinition>& meshes_;
  const MeshDefinition& mesh_;
  const workspace::PlanInput& input_;
  const workspace::SharedBuilds& builds_;
  const std::vector<PlanUnit>& units_;
  const MeshPlan plan_;
  WorkspacePlan result_;
  std::size_t alternatives_said_ = 0;
  std::unordered_set<std::string> charts_said_;  // by their Chart.yaml
  bool said_no_helm_ = false;
};

}  // namespace

PlanFileFilter::PlanFileFilter(const std::vector<MeshDefinition>& meshes) : folder_(meshes.front()) {
  if (folder_.planned) return;
  folder_.include.clear();
  folder_.builds.clear();
}

bool PlanFileFilter::accepts(const FileUpdate& file) const {
  return !file.facts->origin && contains(folder_, file.path);
}

workspace::PlanInput plan_input_without_files(const std::vector<MeshDefinition>& meshes,
                                              const std::vector<std::string>& charts) {
  workspace::PlanInput input;
  const MeshDefinition& folder = meshes.front();
  input.root = folder.root;
  input.default_namespace = folder.settings.default_namespace.value_or("default");
  if (!folder.planned) {
    input.configured_builds.emplace();
    for (const MeshDefinition& mesh : meshes)
      input.configured_builds->insert(input.configured_builds->end(), mesh.builds.begin(), mesh.builds.end());
  }
  for (const std::string& chart : charts) {
    if (workspace::is_below(chart, input.root)) input.charts.push_back({.folder = chart});
  }
  input.chart_settings.are_rendered = folder.settings.helm.value_or(false);
  for (const workspace::ChartInstallation& chart : folder.settings.charts) {
    workspace::ChartRelease& release = input.chart_settings.releases.emplace_back();
    release.folder = workspace::path_from(folder.root, chart.path);
    release.release = chart.release;
    release.ns = chart.ns;
    release.values = chart.values;
    release.meshes = chart.meshes;
  }
  return input;
}

workspace::PlanInput plan_input(const std::vector<MeshDefinition>& meshes, const Analysis& analysis,
                                const std::vector<std::string>& charts) {
  workspace::PlanInput input = plan_input_without_files(meshes, charts);
  const PlanFileFilter filter(meshes);
  for (FileUpdate& file : analysis.files_after(input.root, SIZE_MAX)) {
    if (filter.accepts(file)) input.files.push_back({std::move(file.path), std::move(file.facts)});
  }
  return input;
}

bool have_equal_plans(const MeshDefinition& a, const MeshDefinition& b) {
  MeshDefinition alike = b;
  alike.settings.root_namespace = a.settings.root_namespace;
  alike.settings.enable_auto_mtls = a.settings.enable_auto_mtls;
  alike.settings.cluster_domain = a.settings.cluster_domain;
  alike.settings.default_rule_export_to = a.settings.default_rule_export_to;
  alike.settings.separate_tis0207 = a.settings.separate_tis0207;
  alike.settings.severity = a.settings.severity;
  return a.planned && a == alike;
}

WorkspacePlan plan_workspace(const std::vector<MeshDefinition>& meshes, const workspace::PlanSources& sources,
                             const std::vector<workspace::PlanUnit>& units) {
  return Planner(meshes, sources, units).run();
}

}  // namespace checks
