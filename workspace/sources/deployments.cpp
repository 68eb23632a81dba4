#include "workspace/sources/deployments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <variant>

#include "workspace/base/uri.h"
#include "workspace/files/glob.h"
#include "workspace/sources/kustomize.h"

namespace workspace {

namespace {

constexpr std::array<std::string_view, 5> kTestDataFolders = {"testdata", "test_data", ".chainsaw-test",
                                                              "__fixtures__", "__snapshots__"};

std::string_view folder_of(std::string_view path) { return path.substr(0, path.rfind('/')); }

// "apps/a" of "/w/apps/a"; "." of the root itself.
std::string relative_to(std::string_view root, std::string_view path) {
  if (path == root) return ".";
  return std::string(path.substr(root == "/" ? 1 : root.size() + 1));
}

// Whether what applies the document fills something in.
bool has_variable(std::string_view path) {
  return path.find("${") != std::string_view::npos || path.find("{{") != std::string_view::npos;
}

// The folder that a repository's path means; empty: it leads out of the workspace, or is not known.
std::string folder_at(const PlanInput& input, std::string_view path) {
  if (has_variable(path)) return {};
  std::string folder = normal_path(fmt::format("{}/{}", input.root, path));
  return is_below(folder, input.root) ? folder : std::string();
}

// The last part of a repository's URL, without `.git`, in small letters.
std::string repository_name(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(".git")) url.remove_suffix(4);
  std::string name(url.substr(url.find_last_of("/:") + 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// A cluster by name or server: the one that Argo CD runs in has both.
std::string cluster_of(std::string_view destination) {
  while (destination.ends_with('/')) destination.remove_suffix(1);
  if (destination.empty() || destination == "https://kubernetes.default.svc") return "in-cluster";
  return std::string(destination);
}

// ---------------------------------------------------------------- ApplicationSets

// The text of a template with each `{{name}}` replaced; none: one of them has no value here.
std::optional<std::string> fill_in(std::string_view text, const Parameters& parameters) {
  std::string result;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{")) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) return std::nullopt;
    result += text.substr(0, at);
    std::string name(text.substr(at + 2, end - at - 2));
    text.remove_prefix(end + 2);
    std::erase(name, ' ');
    // Go templates: `.name` and `index .path.segments 1`.
    if (name.starts_with("index.path.segments")) name = fmt::format("path[{}]", name.substr(19));
    if (name.starts_with('.')) name.erase(0, 1);
    const auto value = std::find_if(parameters.begin(), parameters.end(),
                                    [&name](const auto& entry) { return entry.first == name; });
    if (value == parameters.end()) return std::nullopt;
    result += value->second.view();
  }
  return result += text;
}

// Whether a git generator's path, which has as many segments as the folders it means, takes a folder.
bool takes_folder(std::string_view pattern, std::string_view folder) {
  while (pattern.ends_with('/')) pattern.remove_suffix(1);
  if (pattern.starts_with("./")) pattern.remove_prefix(2);
  if (pattern.find("**") == std::string_view::npos &&
      std::count(pattern.begin(), pattern.end(), '/') != std::count(folder.begin(), folder.end(), '/'))
    return false;
  return glob_match(fmt::format("/{}", pattern), fmt::format("{}/", folder));
}

Parameters folder_parameters(const std::string& folder) {
  Parameters parameters;
  parameters.emplace_back("path", folder);
  parameters.emplace_back("path.path", folder);
  const std::string_view base = base_name(folder);
  parameters.emplace_back("path.basename", base);
  std::string normalised(base);
  std::transform(normalised.begin(), normalised.end(), normalised.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '-';
  });
  parameters.emplace_back("path.basenameNormalized", normalised);
  std::size_t index = 0;
  for (std::size_t begin = 0; begin <= folder.size();) {
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    parameters.emplace_back(fmt::format("path[{}]", index++), folder.substr(begin, end - begin));
    begin = end + 1;
  }
  return parameters;
}

std::vector<Parameters> parameters_of(const ApplicationGenerator& generator,
                                      const std::vector<std::string>& folders) {
  if (generator.kind == GeneratorKind::List) return {generator.elements.begin(), generator.elements.end()};
  std::vector<Parameters> all;
  for (const std::string& folder : folders) {
    bool taken = false;
    bool excluded = false;
    for (const GitDirectory& pattern : generator.folders) {
      if (takes_folder(pattern.path, folder)) (pattern.exclude ? excluded : taken) = true;
    }
    if (taken && !excluded) all.push_back(folder_parameters(folder));
  }
  return all;
}

// ---------------------------------------------------------------- finding them

// One source of an Application, or of one that a set makes; what is not known is empty.
struct ArgoSource {
  Deployment deployment;
  std::string repository;
  bool has_chart = false;
};

class Finder {
 public:
  Finder(const PlanInput& input, const PlanFolders& folders) : input_(input), folders_(folders) {}

  std::vector<Deployment> find() {
    note_patches();
    for (std::uint32_t file = 0; file < input_.files.size(); ++file) {
      const PlanFile& candidate = input_.files[file];
      if (candidate.facts == nullptr) continue;
      for (std::uint32_t d = 0; d < candidate.facts->documents.size(); ++d) {
        const auto& resources = candidate.facts->documents[d].facts->resources;
        for (std::uint32_t r = 0; r < resources.size(); ++r) {
          if (!is_deployment(metadata_of(resources[r]).kind)) continue;
          if (patches_.contains(candidate.path) || is_test_data(relative_to(input_.root, candidate.path)))
            continue;
          add(resources[r], {file, d, r});
        }
      }
    }
    judge_argo();
    judge_flux();
    std::stable_sort(found_.begin(), found_.end(), [this](const Deployment& a, const Deployment& b) {
      const std::string& first = input_.files[a.place.file].path;
      const std::string& second = input_.files[b.place.file].path;
      return std::tie(first, a.place.document, a.place.resource) <
             std::tie(second, b.place.document, b.place.resource);
    });
    return std::move(found_);
  }

 private:
  // Files that kustomizations name for another reason than as resources are no documents of their own.
  void note_patches() {
    std::unordered_set<std::string_view> resources;
    for (const PlannedKustomization& kustomization : input_.kustomizations)
      resources.insert(kustomization.resources.begin(), kustomization.resources.end());
    for (const PlannedKustomization& kustomization : input_.kustomizations) {
      for (const std::string& file : kustomization.others) {
        if (!resources.contains(file)) patches_.insert(file);
      }
    }
  }

  void add(const Resource& resource, PlanPlace place) {
    if (const auto* application = std::get_if<Application>(&resource)) {
      add_application(*application, place, nullptr);
    } else if (const auto* set = std::get_if<ApplicationSet>(&resource)) {
      add_set(*set, place);
    } else if (const auto* kustomization = std::get_if<FluxKustomization>(&resource)) {
      Deployment deployment;
      deployment.place = place;
      deployment.is_flux = true;
      deployment.folder = folder_at(input_, kustomization->path);
      if (has_variable(kustomization->path)) deployment.unseen = UnseenKind::UnknownPath;
      deployment.target_namespace = kustomization->target_namespace.str();
      flux_.emplace_back(std::move(deployment), kustomization);
    } else {
      add_unseen(place, UnseenKind::HelmRelease, true);
    }
  }

  void add_unseen(PlanPlace place, UnseenKind kind, bool is_flux, std::string destination = {}) {
    Deployment deployment;
    deployment.place = place;
    deployment.is_flux = is_flux;
    deployment.unseen = kind;
    deployment.destination = std::move(destination);
    found_.push_back(std::move(deployment));
  }

  // `parameters`: of an ApplicationSet's template; null: of an Application, whose texts mean themselves.
  template <class Decoded>
  void add_application(const Decoded& application, PlanPlace place, const Parameters* parameters) {
    const auto text = [parameters](std::string_view written) -> std::optional<std::string> {
      return parameters == nullptr ? std::string(written) : fill_in(written, *parameters);
    };
    const auto destination = text(application.destination);
    const auto ns = text(application.destination_namespace);
    for (const ApplicationSource& source : application.sources) {
      if (source.path.empty() && source.chart.empty()) continue;  // values for another source
      const auto path = text(source.path);
      const auto repository = text(source.repository);
      if (!destination || !path || !repository || source.plugin) {
        add_unseen(place, UnseenKind::Generator, false, destination ? cluster_of(*destination) : "");
        continue;
      }
      ArgoSource made;
      made.deployment.place = place;
      made.deployment.folder = path->empty() ? std::string() : folder_at(input_, *path);
      if (has_variable(*path)) made.deployment.unseen = UnseenKind::UnknownPath;
      made.deployment.destination = cluster_of(*destination);
      made.deployment.default_namespace = ns.value_or("");
      made.deployment.target_namespace = text(source.kustomize_namespace).value_or("");
      made.deployment.recurse = source.recurse;
      made.deployment.include = source.include.str();
      made.deployment.exclude = source.exclude.str();
      made.deployment.chart = chart_of(
          source, made.deployment, text,
          parameters == nullptr ? application.metadata.name.value.view() : base_name(made.deployment.folder));
      made.repository = repository_name(*repository);
      made.has_chart = !source.chart.empty();
      argo_.push_back(std::move(made));
    }
  }

  // None: some of its values are written in place, or not known here.
  template <class Text>
  [[nodiscard]] std::optional<ChartRelease> chart_of(const ApplicationSource& source,
                                                     const Deployment& deployment, const Text& text,
                                                     std::string_view application) const {
    ChartRelease release;
    release.folder = deployment.folder;
    release.ns = deployment.default_namespace;
    const auto name = text(source.helm_release.empty() ? application : source.helm_release.view());
    if (!name || source.helm_inline) return std::nullopt;
    release.release = *name;
    for (const CompactString& file : source.helm_values) {
      const auto path = text(file);
      if (!path || path->starts_with('$') || path->find("://") != std::string::npos) return std::nullopt;
      // Argo CD takes an absolute path as one of the repository.
      release.values.push_back(path->starts_with('/') ? path_from(input_.root, path->substr(1))
                                                      : path_from(release.folder, *path));
      if (!is_below(release.values.back(), input_.root)) return std::nullopt;
    }
    for (const CompactString& parameter : source.helm_parameters) {
      const auto filled = text(parameter);
      if (!filled) return std::nullopt;
      release.parameters.push_back(*filled);
    }
    return release;
  }

  void add_set(const ApplicationSet& set, PlanPlace place) {
    for (const ApplicationGenerator& generator : set.generators) {
      if (generator.kind == GeneratorKind::Other) {
        const bool fixed = set.destination.view().find("{{") == std::string_view::npos;
        add_unseen(place, UnseenKind::Generator, false, fixed ? cluster_of(set.destination) : "");
        continue;
      }
      if (generator.kind == GeneratorKind::GitDirectories && relative_folders_.empty())
        relative_folders_ = folders_.relative_folders();
      for (const Parameters& parameters : parameters_of(generator, relative_folders_))
        add_application(set, place, &parameters);
    }
  }

  // The repository is the one that most Applications with a path here name.
  void judge_argo() {
    std::map<std::string, std::set<PlanPlace>> named;
    for (const ArgoSource& source : argo_) {
      if (is_here(source)) named[source.repository].insert(source.deployment.place);
    }
    std::size_t most = 0;
    for (const auto& [repository, places] : named) most = std::max(most, places.size());
    for (ArgoSource& source : argo_) {
      const auto at = named.find(source.repository);
      const bool own = at != named.end() && at->second.size() == most;
      std::optional<UnseenKind>& unseen = source.deployment.unseen;
      if (source.has_chart) unseen = UnseenKind::Chart;
      if (!unseen && !own) unseen = UnseenKind::OtherRepository;
      if (!unseen && !is_here(source)) unseen = UnseenKind::MissingPath;
      found_.push_back(std::move(source.deployment));
    }
  }
  [[nodiscard]] bool is_here(const ArgoSource& source) const {
    return !source.has_chart && !source.deployment.folder.empty() &&
           folders_.exists(source.deployment.folder);
  }

  // Every source has a root, so a Kustomization of the root is one of this repository only if others say so
  // of its source, or it is the one that Flux was installed with.
  void judge_flux() {
    const auto source_of = [](const FluxKustomization& kustomization) {
      FluxSource source = kustomization.source ? *kustomization.source : FluxSource{};
      if (source.ns.empty()) source.ns = kustomization.metadata.ns;
      return source;
    };
    std::set<FluxSource> sources;
    for (const auto& [deployment, kustomization] : flux_) {
      if (!deployment.folder.empty() && deployment.folder != input_.root &&
          folders_.exists(deployment.folder))
        sources.insert(source_of(*kustomization));
    }
    for (auto& [deployment, kustomization] : flux_) {
      const FluxSource source = source_of(*kustomization);
      const bool is_known = sources.contains(source);
      std::optional<UnseenKind>& unseen = deployment.unseen;
      if (!unseen && deployment.folder == input_.root && !is_known && source.name != "flux-system")
        unseen = UnseenKind::OtherRepository;
      if (!unseen && (deployment.folder.empty() || !folders_.exists(deployment.folder)))
        unseen = is_known ? UnseenKind::MissingPath : UnseenKind::OtherRepository;
      found_.push_back(std::move(deployment));
    }
  }

  const PlanInput& input_;
  const PlanFolders& folders_;
  std::unordered_set<std::string_view> patches_;
  std::vector<std::string> relative_folders_;
  std::vector<ArgoSource> argo_;
  std::vector<std::pair<Deployment, const FluxKustomization*>> flux_;
  std::vector<Deployment> found_;
};

// ---------------------------------------------------------------- builds

std::size_t rank_of_name(std::string_view file) {
  const auto* const at =
      std::find(std::begin(kKustomizationNames), std::end(kKustomizationNames), base_name(file));
  return static_cast<std::size_t>(at - std::begin(kKustomizationNames));
}

auto key_of(const BuildRequest& request) {
  return std::tie(request.folder, request.is_synthetic, request.may_repeat, request.files, request.folders,
                  request.default_namespace, request.target_namespace, request.substitutes,
                  request.substitute_from, request.is_chart, request.chart.release, request.chart.ns,
                  request.chart.values, request.chart.parameters);
}
bool same_substitutions(const BuildRequest& a, const BuildRequest& b) {
  return a.substitutions == b.substitutions;
}

// The releases of the configuration, and one each of the charts that are not `installed` otherwise.
std::vector<BuildRequest> chart_requests(const PlanInput& input,
                                         std::unordered_set<std::string_view> installed) {
  std::vector<BuildRequest> requests;
  const auto add = [&requests](ChartRelease release) {
    BuildRequest& request = requests.emplace_back();
    request.folder = release.folder;
    request.is_chart = true;
    request.chart = std::move(release);
  };
  for (const ChartRelease& release : input.chart_settings.releases) {
    add(release);
    installed.insert(release.folder);
  }
  std::vector<std::string> folders;
  for (const PlannedChart& chart : input.charts) folders.push_back(chart.folder);
  for (const std::string& folder : charts_by_themselves(folders)) {
    const auto chart = std::lower_bound(
        input.charts.begin(), input.charts.end(), folder,
        [](const PlannedChart& one, const std::string& wanted) { return one.folder < wanted; });
    if (installed.contains(folder) || chart->file.is_library ||
        is_test_data(relative_to(input.root, folder) + "/"))
      continue;
    ChartRelease release;
    release.folder = folder;
    release.release = release_name(chart->file.name);
    add(std::move(release));
  }
  return requests;
}

// "charts/shop as shop-prod with values-prod.yaml"
std::string name_of_release(const PlanInput& input, const BuildRequest& request) {
  const ChartRelease& chart = request.chart;
  std::string name = relative_to(input.root, chart.folder);
  if (request.is_one_of_several) name += " as " + chart.release;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    const std::string& file = chart.values[i];
    name += i == 0 ? " with " : " and ";
    if (is_below(file, chart.folder)) {
      name += relative_to(chart.folder, file);
    } else {
      name += is_below(file, input.root) ? relative_to(input.root, file) : file;
    }
  }
  return name;
}

class BuildPlanner {
 public:
  BuildPlanner(const PlanInput& input, const PlanFolders& folders, const std::vector<Deployment>& deployments)
      : input_(input), folders_(folders), deployments_(deployments) {}

  std::vector<PlannedBuild> plan() {
    for (const Deployment& deployment : deployments_) {
      if (deployment.is_flux && !deployment.unseen) named_by_flux_.insert(deployment.folder);
    }
    for (std::uint32_t i = 0; i < deployments_.size(); ++i) {
      if (!deployments_[i].unseen) add_deployment(i);
    }
    add_roots();
    if (input_.chart_settings.are_rendered) add_charts();
    std::stable_sort(builds_.begin(), builds_.end(), [](const PlannedBuild& a, const PlannedBuild& b) {
      return key_of(a.request) < key_of(b.request);
    });
    name();
    std::stable_sort(builds_.begin(), builds_.end(), [](const PlannedBuild& a, const PlannedBuild& b) {
      return a.request.name < b.request.name;
    });
    return std::move(builds_);
  }

 private:
  void add_deployment(std::uint32_t index) {
    const Deployment& deployment = deployments_[index];
    BuildRequest request;
    request.folder = deployment.folder;
    request.default_namespace = deployment.default_namespace;
    request.target_namespace = deployment.target_namespace;
    if (!folders_.kustomization(deployment.folder)) {
      if (folders_.is_chart(deployment.folder)) {
        if (deployment.is_flux || !deployment.chart || !input_.chart_settings.are_rendered) return;
        request = {};
        request.folder = deployment.folder;
        request.is_chart = true;
        request.chart = *deployment.chart;
        return add_build(std::move(request), index);
      }
      request.is_synthetic = true;
      request.may_repeat = !deployment.is_flux;
      deployment.is_flux ? list_for_flux(request) : list_for_argo(deployment, request);
      if (request.files.empty() && request.folders.empty()) return;
    }
    if (const auto* kustomization = std::get_if<FluxKustomization>(&resource_at(input_, deployment.place));
        kustomization != nullptr && kustomization->post_build) {
      add_substitutions(*kustomization, deployment.place, request);
    }
    add_build(std::move(request), index);
  }

  void add_build(BuildRequest request, std::uint32_t index) {
    const Deployment& deployment = deployments_[index];
    const auto same = std::find_if(builds_.begin(), builds_.end(), [&request](const PlannedBuild& build) {
      return key_of(build.request) == key_of(request) && same_substitutions(build.request, request);
    });
    PlannedBuild& build =
        same != builds_.end() ? *same : builds_.emplace_back(PlannedBuild{std::move(request), {}});
    build.deployments.push_back(index);
    if (std::find(build.request.deployments.begin(), build.request.deployments.end(), deployment.place) ==
        build.request.deployments.end())
      build.request.deployments.push_back(deployment.place);
  }

  [[nodiscard]] bool is_kustomization_file(std::string_view path) const {
    const auto kustomization = folders_.kustomization(folder_of(path));
    return kustomization && has_kustomization_name(path);
  }
  [[nodiscard]] bool is_manifest(const std::string& path) const {
    return !is_kustomization_file(path) && !is_test_data(relative_to(input_.root, path));
  }

  // Its own files; with `recurse` all below.
  void list_for_argo(const Deployment& deployment, BuildRequest& request) const {
    for (const std::uint32_t file : folders_.files_below(deployment.folder)) {
      const std::string& path = input_.files[file].path;
      if (!is_manifest(path) || (!deployment.recurse && folder_of(path) != deployment.folder)) continue;
      const std::string relative = relative_to(deployment.folder, path);
      if (!deployment.include.empty() && !glob_match(deployment.include, relative)) continue;
      if (!deployment.exclude.empty() && glob_match(deployment.exclude, relative)) continue;
      request.files.push_back(path);
    }
  }

  // All files below, folders with a kustomization as a whole. What another Kustomization deploys is left to
  // it.
  void list_for_flux(BuildRequest& request) const {
    std::set<std::string, std::less<>> builds;
    for (const PlannedKustomization& kustomization : input_.kustomizations) {
      const std::string_view folder = folder_of(kustomization.path);
      if (kustomization.is_component || !is_below(folder, request.folder)) continue;
      if (is_test_data(relative_to(input_.root, folder) + "/")) continue;
      if (!ends_before(folder, request.folder)) builds.emplace(folder);
    }
    for (const std::uint32_t file : folders_.files_below(request.folder)) {
      const std::string& path = input_.files[file].path;
      if (is_manifest(path) && !ends_before(folder_of(path), request.folder) &&
          !folders_.kustomization(folder_of(path)))
        request.files.push_back(path);
    }
    request.folders.assign(builds.begin(), builds.end());
  }
  // Whether what is deployed from `root` stops above `folder`, or at it where another deployment names it.
  [[nodiscard]] bool ends_before(std::string_view folder, std::string_view root) const {
    if (folder.size() <= root.size()) return false;
    if (named_by_flux_.contains(std::string(folder))) return true;
    for (std::string_view above = folder_of(folder); above.size() > root.size(); above = folder_of(above)) {
      if (folders_.kustomization(above) || named_by_flux_.contains(std::string(above))) return true;
    }
    return false;
  }

  void add_substitutions(const FluxKustomization& kustomization, PlanPlace place, BuildRequest& request) {
    request.substitutes = true;
    for (const auto& [name, value] : kustomization.post_build->substitute)
      request.substitutions.push_back({name.str(), value.str()});
    std::sort(request.substitutions.begin(), request.substitutions.end(),
              [](const Substitution& a, const Substitution& b) { return a.name < b.name; });
    for (const SubstituteFrom& from : kustomization.post_build->from) {
      if (from.kind != "ConfigMap") continue;
      if (const auto config = find_config(from.name, kustomization.metadata.ns, place))
        request.substitute_from.push_back(*config);
    }
  }

  // Of several the one nearest to the Kustomization.
  std::optional<PlanPlace> find_config(std::string_view name, std::string_view ns, PlanPlace near) {
    if (!configs_) note_configs();
    const std::string& from = input_.files[near.file].path;
    std::optional<PlanPlace> best;
    std::size_t most = 0;
    const auto [begin, end] = configs_->equal_range(name);
    for (auto at = begin; at != end; ++at) {
      const Metadata& metadata = metadata_of(resource_at(input_, at->second));
      if (!metadata.ns.empty() && !ns.empty() && metadata.ns != ns) continue;
      const std::string& path = input_.files[at->second.file].path;
      const auto shared = static_cast<std::size_t>(
          std::mismatch(path.begin(), path.end(), from.begin(), from.end()).first - path.begin());
      if (!best || shared > most || (shared == most && path < input_.files[best->file].path)) {
        best = at->second;
        most = shared;
      }
    }
    return best;
  }
  void note_configs() {
    configs_.emplace();
    for (std::uint32_t f = 0; f < input_.files.size(); ++f) {
      if (input_.files[f].facts == nullptr) continue;
      const auto& documents = input_.files[f].facts->documents;
      for (std::uint32_t d = 0; d < documents.size(); ++d) {
        const auto& resources = documents[d].facts->resources;
        for (std::uint32_t r = 0; r < resources.size(); ++r) {
          const Metadata& metadata = metadata_of(resources[r]);
          if (metadata.kind == Kind::ConfigMap)
            configs_->emplace(metadata.name.value.view(), PlanPlace{f, d, r});
        }
      }
    }
  }

  // The kustomizations that nothing includes or deploys.
  void add_roots() {
    std::unordered_set<std::string> taken;
    for (const PlannedKustomization& kustomization : input_.kustomizations) {
      for (const std::string& folder : kustomization.folders) {
        if (folder != folder_of(kustomization.path)) taken.insert(folder);
      }
    }
    for (const PlannedBuild& build : builds_) {
      taken.insert(build.request.folder);
      taken.insert(build.request.folders.begin(), build.request.folders.end());
    }
    for (const PlannedKustomization& kustomization : input_.kustomizations) {
      std::string folder(folder_of(kustomization.path));
      if (folder.empty()) folder = "/";
      const auto first = folders_.kustomization(folder);
      if (!first || &input_.kustomizations[*first] != &kustomization || kustomization.is_component) continue;
      if (!taken.insert(folder).second) continue;
      BuildRequest request;
      request.folder = std::move(folder);
      builds_.push_back({std::move(request), {}});
    }
  }

  void add_charts() {
    std::unordered_set<std::string_view> installed;
    for (const PlannedBuild& build : builds_) {
      if (build.request.is_chart) installed.insert(build.request.folder);
    }
    for (BuildRequest& request : chart_requests(input_, std::move(installed)))
      builds_.push_back({std::move(request), {}});
  }

  // Builds are in order of their folders.
  void name() {
    for (std::size_t begin = 0; begin < builds_.size();) {
      std::size_t end = begin;
      const std::string& folder = builds_[begin].request.folder;
      while (end < builds_.size() && builds_[end].request.folder == folder) ++end;
      const std::string name = relative_to(input_.root, folder);
      std::set<std::string> given;
      for (std::size_t i = begin; i < end; ++i) {
        BuildRequest& request = builds_[i].request;
        request.is_one_of_several = request.is_chart && end - begin > 1;
        request.name = request.is_chart ? name_of_release(input_, request) : name;
        if (end - begin > 1 && !request.deployments.empty() && !request.is_chart) {
          const Metadata& metadata = metadata_of(resource_at(input_, request.deployments.front()));
          request.name += fmt::format(" ({})", metadata.name.value.view());
        }
        const std::string base = request.name;
        for (int number = 2; !given.insert(request.name).second; ++number)
          request.name = fmt::format("{} #{}", base, number);
      }
      begin = end;
    }
  }

  const PlanInput& input_;
  const PlanFolders& folders_;
  const std::vector<Deployment>& deployments_;
  std::unordered_set<std::string> named_by_flux_;
  std::optional<std::multimap<std::string_view, PlanPlace>> configs_;  // by name
  std::vector<PlannedBuild> builds_;
};

}  // namespace

bool is_test_data(std::string_view path) {
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = path.find('/', begin);
    if (end == std::string_view::npos) return false;  // a file's name
    if (const char first = path[begin]; first == 't' || first == '.' || first == '_') {
      const std::string_view folder = path.substr(begin, end - begin);
      if (std::find(kTestDataFolders.begin(), kTestDataFolders.end(), folder) != kTestDataFolders.end())
        return true;
    }
    begin = end + 1;
  }
  return false;
}

PlanFolders::PlanFolders(const PlanInput& input) : input_(input) {
  files_.resize(input.files.size());
  for (std::uint32_t i = 0; i < files_.size(); ++i) files_[i] = i;
  const auto by_path = [&input](std::uint32_t a, std::uint32_t b) {
    return input.files[a].path < input.files[b].path;
  };
  if (!std::is_sorted(files_.begin(), files_.end(), by_path))
    std::sort(files_.begin(), files_.end(), by_path);
  paths_.reserve(files_.size() + input.kustomizations.size() + input.charts.size());
  for (const std::uint32_t file : files_) paths_.emplace_back(input.files[file].path);
  const auto count = static_cast<std::ptrdiff_t>(paths_.size());
  for (std::uint32_t i = 0; i < input.kustomizations.size(); ++i) {
    const std::string_view path = input.kustomizations[i].path;
    paths_.push_back(path);
    const auto [at, is_new] = kustomizations_.emplace(folder_of(path), i);
    if (!is_new && rank_of_name(path) < rank_of_name(input.kustomizations[at->second].path)) at->second = i;
  }
  for (const PlannedChart& chart : input.charts) paths_.emplace_back(chart.folder);
  std::sort(paths_.begin() + count, paths_.end());
  std::inplace_merge(paths_.begin(), paths_.begin() + count, paths_.end());
}

bool PlanFolders::exists(std::string_view folder) const {
  if (folder == input_.root) return !paths_.empty();
  const std::string below = fmt::format("{}/", folder);
  const auto at = std::lower_bound(paths_.begin(), paths_.end(), std::string_view(below));
  return (at != paths_.end() && at->starts_with(below)) || is_chart(folder);
}

std::optional<std::uint32_t> PlanFolders::kustomization(std::string_view folder) const {
  const auto at = kustomizations_.find(folder);
  if (at == kustomizations_.end()) return std::nullopt;
  return at->second;
}

bool PlanFolders::is_chart(std::string_view folder) const {
  // One that only names other charts has no templates, so discovery does not know it.
  const std::string file = fmt::format("{}/Chart.yaml", folder);
  if (std::binary_search(paths_.begin(), paths_.end(), std::string_view(file))) return true;
  return std::any_of(input_.charts.begin(), input_.charts.end(),
                     [folder](const PlannedChart& chart) { return chart.folder == folder; });
}

std::vector<std::uint32_t> PlanFolders::files_below(std::string_view folder) const {
  const std::string below = folder == "/" ? "/" : fmt::format("{}/", folder);
  auto at = std::lower_bound(
      files_.begin(), files_.end(), below,
      [this](std::uint32_t file, const std::string& path) { return input_.files[file].path < path; });
  std::vector<std::uint32_t> files;
  for (; at != files_.end() && input_.files[*at].path.starts_with(below); ++at) files.push_back(*at);
  return files;
}

std::vector<std::string> PlanFolders::relative_folders() const {
  std::set<std::string, std::less<>> folders;
  for (const std::string_view path : paths_) {
    for (std::string_view folder = folder_of(path);
         folder.size() > input_.root.size() && is_below(folder, input_.root); folder = folder_of(folder)) {
      if (!folders.insert(relative_to(input_.root, folder)).second) break;
    }
  }
  for (const PlannedChart& chart : input_.charts) folders.insert(relative_to(input_.root, chart.folder));
  return {folders.begin(), folders.end()};
}

bool has_deployments(const PlanInput& input) {
  const auto in_document = [](const DocumentState& document) {
    const auto& resources = document.facts->resources;
    return std::any_of(resources.begin(), resources.end(),
                       [](const Resource& resource) { return is_deployment(metadata_of(resource).kind); });
  };
  return std::any_of(input.files.begin(), input.files.end(), [&](const PlanFile& file) {
    return file.facts != nullptr &&
           std::any_of(file.facts->documents.begin(), file.facts->documents.end(), in_document);
  });
}

std::vector<Deployment> find_deployments(const PlanInput& input, const PlanFolders& folders) {
  return Finder(input, folders).find();
}

std::vector<PlannedBuild> planned_builds(const PlanInput& input, const PlanFolders& folders,
                                         const std::vector<Deployment>& deployments) {
  return BuildPlanner(input, folders, deployments).plan();
}

std::vector<BuildRequest> planned_charts(const PlanInput& input) {
  if (!input.chart_settings.are_rendered) return {};
  std::vector<BuildRequest> requests = chart_requests(input, {});
  std::map<std::string_view, std::size_t> releases;
  for (const BuildRequest& request : requests) ++releases[request.folder];
  std::map<std::string, int> given;
  for (BuildRequest& request : requests) {
    request.is_one_of_several = releases[request.folder] > 1;
    request.name = name_of_release(input, request);
    if (const int number = ++given[request.name]; number > 1) request.name += fmt::format(" #{}", number);
  }
  return requests;
}

const Resource& resource_at(const PlanInput& input, const PlanPlace& place) {
  return input.files[place.file].facts->documents[place.document].facts->resources[place.resource];
}

}  // namespace workspace
