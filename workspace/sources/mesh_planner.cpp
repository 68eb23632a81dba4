#include "workspace/sources/mesh_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <unordered_set>
#include <variant>

#include "workspace/base/uri.h"
#include "workspace/files/glob.h"
#include "workspace/sources/alternatives.h"
#include "workspace/sources/definitions.h"
#include "workspace/sources/deployments.h"

namespace workspace {

namespace {

std::string_view folder_of(std::string_view path) { return path.substr(0, path.rfind('/')); }

// The last part of a file's, folder's or build's path.
std::string_view own_name(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return base_name(path);
}

// Whether `whole` holds `part` as a word: "prod-eu" holds "prod", "nonprod" does not.
bool holds_word(std::string_view whole, std::string_view part) {
  const auto is_edge = [&whole](std::size_t at) {
    return at >= whole.size() || std::isalnum(static_cast<unsigned char>(whole[at])) == 0;
  };
  if (part.empty()) return false;
  for (std::size_t at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + 1)) {
    if ((at == 0 || is_edge(at - 1)) && is_edge(at + part.size())) return true;
  }
  return false;
}

// What a unit says of one of the things that are defined in several ways.
struct Claim {
  std::uint32_t thing = 0;
  std::uint32_t content = 0;  // equal numbers: the same
};

// Items are the units, and after them the charts that are not rendered.
using Items = std::vector<std::uint32_t>;

// A mesh that is being put together.
struct Draft {
  std::string name;
  std::string place;  // where two have one name
  Items items;
  bool partial = false;
  bool alone = false;         // test data, or of a collection: nothing is added
  bool other_charts = false;  // charts may belong to it that are in other meshes
  std::unordered_map<std::uint32_t, std::uint32_t> contents;         // by thing
  std::unordered_map<std::string_view, std::uint32_t> alternatives;  // that it has, by their folder
};

constexpr std::uint32_t kSeveral = UINT32_MAX;  // a content that is no other's

// Puts what contradicts nowhere into the first group of its kind.
class Grouping {
 public:
  using Contents = std::map<std::uint32_t, std::uint32_t>;

  // Returns the group's index.
  std::size_t add(const Contents& contents) {
    const auto fits = std::find_if(groups_.begin(), groups_.end(), [&contents](const Contents& group) {
      return std::none_of(contents.begin(), contents.end(), [&group](const auto& claim) {
        const auto at = group.find(claim.first);
        return at != group.end() && (at->second != claim.second || claim.second == kSeveral);
      });
    });
    Contents& group = fits == groups_.end() ? groups_.emplace_back() : *fits;
    group.insert(contents.begin(), contents.end());
    return static_cast<std::size_t>(&group - groups_.data());
  }

 private:
  std::vector<Contents> groups_;
};

// Numbers what deployments of one name say: equal contents have equal numbers.
class DeploymentContents {
 public:
  struct Known {
    std::uint32_t thing = 0;
    std::vector<const Resource*> contents;
  };

  Claim add(const Resource& resource) {
    const Metadata& metadata = metadata_of(resource);
    const auto [at, is_new] =
        known_.try_emplace({metadata.kind, metadata.ns.view(), metadata.name.value.view()});
    Known& known = at->second;
    if (is_new) known.thing = static_cast<std::uint32_t>(known_.size() - 1);
    const auto same = std::find_if(known.contents.begin(), known.contents.end(),
                                   [&](const Resource* other) { return !contradict(*other, resource); });
    const auto content = static_cast<std::uint32_t>(same - known.contents.begin());
    if (same == known.contents.end()) known.contents.push_back(&resource);
    return {known.thing, content};
  }
  // Those with several contents.
  [[nodiscard]] std::vector<const Known*> divided() const {
    std::vector<const Known*> all;
    for (const auto& [name, known] : known_) {
      if (known.contents.size() > 1) all.push_back(&known);
    }
    return all;
  }

 private:
  std::map<std::tuple<Kind, std::string_view, std::string_view>, Known> known_;
};

// Whether two Applications of one name differ in nothing but where they are from.
bool differ_in_source_alone(const Resource& a, const Resource& b) {
  const auto compare = [](const auto& first, const auto& second) {
    return first.destination == second.destination &&
           first.destination_namespace == second.destination_namespace;
  };
  if (const auto* first = std::get_if<Application>(&a)) return compare(*first, std::get<Application>(b));
  if (const auto* first = std::get_if<ApplicationSet>(&a))
    return compare(*first, std::get<ApplicationSet>(b));
  return false;
}

class Planner {
 public:
  Planner(const PlanInput& input, const std::vector<PlanUnit>& units) : input_(input), units_(units) {}

  MeshPlan plan() {
    sort_units();
    find_contradictions();
    if (!deployments_.empty()) plan_deployments();
    plan_the_rest();
    add_charts();
    finish();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::string_view path_of(std::uint32_t item) const {
    return item < units_.size() ? std::string_view(units_[item].path) : chart_paths_[item - units_.size()];
  }
  [[nodiscard]] std::string relative(std::string_view path) const {
    if (path.starts_with(input_.root)) path.remove_prefix(input_.root.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
  }
  [[nodiscard]] bool in_test_data(std::string_view path) const {
    return is_test_data(path.substr(std::min(path.size(), input_.root.size())));
  }

  // ---------------------------------------------------------------- units

  // Test data is a mesh a file; what no kustomization lists is in none; the rest is free.
  void sort_units() {
    std::unordered_map<std::string_view, std::uint32_t> kustomizations;
    std::unordered_set<std::string_view> listed;
    for (std::uint32_t i = 0; i < input_.kustomizations.size(); ++i) {
      const PlannedKustomization& kustomization = input_.kustomizations[i];
      const auto [at, is_new] = kustomizations.emplace(folder_of(kustomization.path), i);
      if (!is_new && kustomization.path < input_.kustomizations[at->second].path) at->second = i;
      listed.insert(kustomization.path);
      listed.insert(kustomization.resources.begin(), kustomization.resources.end());
      listed.insert(kustomization.others.begin(), kustomization.others.end());
    }
    free_.reserve(units_.size());
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      const PlanUnit& unit = units_[i];
      if (unit.is_build) has_builds_ = true;
      if (in_test_data(unit.path)) {
        if (unit.refused) {
          plan_.left_out.push_back(i);
        } else {
          Draft& draft = drafts_.emplace_back();
          draft.name = own_name(unit.path);
          draft.place = relative(unit.path);
          draft.items.push_back(i);
          draft.alone = true;
        }
        continue;
      }
      if (unit.is_build || kustomizations.empty()) {
        free_.push_back(i);
        continue;
      }
      // Listed and yet a unit: of a build that is refused, or of a component that nothing uses.
      const bool is_listed = listed.contains(unit.path);
      const auto above = is_listed ? std::nullopt : kustomization_above(unit.path, kustomizations);
      if (above) plan_.unlisted.push_back({i, *above});
      (is_listed || above ? plan_.left_out : free_).push_back(i);
    }
    for (const PlannedChart& chart : input_.charts) {
      if (chart.rendered || in_test_data(chart.folder + "/")) continue;
      free_.push_back(static_cast<std::uint32_t>(units_.size() + chart_paths_.size()));
      chart_paths_.push_back(chart.folder + "/Chart.yaml");
    }
  }

  static std::optional<std::uint32_t> kustomization_above(
      std::string_view path, const std::unordered_map<std::string_view, std::uint32_t>& kustomizations) {
    while (path.find('/') != std::string_view::npos) {
      path = folder_of(path);
      if (const auto at = kustomizations.find(path); at != kustomizations.end()) return at->second;
    }
    return std::nullopt;
  }

  // ---------------------------------------------------------------- what contradicts

  void find_contradictions() {
    SharedDefinitions shared(units_.size());
    for (const std::uint32_t item : free_) {
      if (item < units_.size() && !units_[item].is_build && units_[item].facts != nullptr)
        shared.add(item, *units_[item].facts, input_.default_namespace);
    }
    if (has_builds_ || shared.has_deployments()) {
      const PlanFolders folders(input_);
      deployments_ = find_deployments(input_, folders);
      if (has_builds_) builds_ = planned_builds(input_, folders, deployments_);
    }
    for (const std::uint32_t item : free_) {
      if (item >= units_.size() || !units_[item].is_build || units_[item].refused) continue;
      if (units_[item].facts != nullptr) shared.add(item, *units_[item].facts, namespace_of(item));
    }
    const Items defining = shared.units();
    DefinitionTable table(defining.size());
    for (const std::uint32_t item : defining) table.add(item, *units_[item].facts, namespace_of(item));
    plan_.comparisons = table.comparisons();
    number_contents(table.contradictions());
    if (has_builds_) find_common_files();
  }

  // Of documents without one.
  [[nodiscard]] const std::string& namespace_of(std::uint32_t unit) const {
    const PlannedBuild* build = build_of(unit);
    const bool has_own = build != nullptr && !build->request.default_namespace.empty();
    return has_own ? build->request.default_namespace : input_.default_namespace;
  }
  [[nodiscard]] const PlannedBuild* build_of(std::uint32_t unit) const {
    return units_[unit].is_build && units_[unit].request < builds_.size() ? &builds_[units_[unit].request]
                                                                          : nullptr;
  }
  [[nodiscard]] bool is_deployed(std::uint32_t item) const {
    if (item >= units_.size()) return false;
    const PlannedBuild* build = build_of(item);
    return build != nullptr && !build->deployments.empty();
  }

  // More contents than these of one thing are not compared with each other: each is one of its own.
  static constexpr std::size_t kMaxContents = 256;

  void number_contents(std::vector<std::vector<UnitDefinition>> contradictions) {
    if (contradictions.empty()) return;
    const auto by_path = [this](const UnitDefinition& a, const UnitDefinition& b) {
      return std::tie(units_[a.unit].path, a.unit) < std::tie(units_[b.unit].path, b.unit);
    };
    for (auto& definitions : contradictions) std::sort(definitions.begin(), definitions.end(), by_path);
    std::sort(contradictions.begin(), contradictions.end(), [&](const auto& a, const auto& b) {
      if (by_path(a.front(), b.front()) || by_path(b.front(), a.front()))
        return by_path(a.front(), b.front());
      return std::tie(a.front().document, a.front().index, a.back().unit) <
             std::tie(b.front().document, b.front().index, b.back().unit);
    });
    claims_.resize(units_.size());
    for (const auto& definitions : contradictions) {
      std::vector<const Resource*> contents;
      std::uint32_t content = 0;
      for (const UnitDefinition& definition : definitions) {
        if (contents.size() < kMaxContents) {
          const auto same = std::find_if(contents.begin(), contents.end(), [&](const Resource* other) {
            ++plan_.comparisons;
            return !contradict(*other, *definition.resource);
          });
          content = static_cast<std::uint32_t>(same - contents.begin());
          if (same == contents.end()) contents.push_back(definition.resource);
        } else {
          ++content;
        }
        claims_[definition.unit].push_back({things_, content});
      }
      ++things_;
    }
    contradictions_ = std::move(contradictions);
  }

  // Two roots that reach one file are alternatives, components aside. A thing for each set of roots.
  void find_common_files() {
    std::unordered_map<std::string_view, Items> readers;
    for (const std::uint32_t item : free_) {
      if (item >= units_.size() || !units_[item].is_build) continue;
      for (const std::string& file : units_[item].files) {
        Items& items = readers[file];
        if (items.empty() || items.back() != item) items.push_back(item);
      }
    }
    const auto components = files_of_components();
    std::set<Items> sets;
    for (auto& [file, items] : readers) {
      if (items.size() > 1 && !components.contains(file)) sets.insert(std::move(items));
    }
    if (sets.empty()) return;
    claims_.resize(units_.size());
    for (const Items& items : sets) {
      for (const std::uint32_t item : items) claims_[item].push_back({things_, item});
      common_.push_back(items);
      ++things_;
    }
  }

  [[nodiscard]] std::unordered_set<std::string_view> files_of_components() const {
    std::unordered_map<std::string_view, const PlannedKustomization*> by_folder;
    std::vector<const PlannedKustomization*> pending;
    for (const PlannedKustomization& kustomization : input_.kustomizations) {
      by_folder.emplace(folder_of(kustomization.path), &kustomization);
      if (kustomization.is_component) pending.push_back(&kustomization);
    }
    std::unordered_set<std::string_view> files;
    while (!pending.empty()) {
      const PlannedKustomization& kustomization = *pending.back();
      pending.pop_back();
      if (!files.insert(kustomization.path).second) continue;
      files.insert(kustomization.resources.begin(), kustomization.resources.end());
      files.insert(kustomization.others.begin(), kustomization.others.end());
      for (const std::string& folder : kustomization.folders) {
        if (const auto at = by_folder.find(folder); at != by_folder.end()) pending.push_back(at->second);
      }
    }
    return files;
  }

  // ---------------------------------------------------------------- drafts

  [[nodiscard]] const std::vector<Claim>& claims_of(std::uint32_t item) const {
    static const std::vector<Claim> kNothing;
    return item < claims_.size() ? claims_[item] : kNothing;
  }
  [[nodiscard]] bool fits(const Draft& draft, std::uint32_t item) const {
    const auto& claims = claims_of(item);
    return std::all_of(claims.begin(), claims.end(), [&draft](const Claim& claim) {
      const auto at = draft.contents.find(claim.thing);
      return at == draft.contents.end() || at->second == claim.content;
    });
  }
  [[nodiscard]] bool fits(const Draft& draft, const Items& items) const {
    return std::all_of(items.begin(), items.end(), [&](std::uint32_t item) { return fits(draft, item); });
  }
  void add(Draft& draft, std::uint32_t item) const {
    draft.items.push_back(item);
    for (const Claim& claim : claims_of(item)) {
      const auto [at, is_new] = draft.contents.emplace(claim.thing, claim.content);
      if (!is_new && at->second != claim.content) at->second = kSeveral;
    }
  }
  void add(Draft& draft, const Items& items) const {
    for (const std::uint32_t item : items) add(draft, item);
  }

  // ---------------------------------------------------------------- point 1: deployments

  void plan_deployments() {
    units_of_.resize(deployments_.size());
    for (const std::uint32_t item : free_) {
      if (!is_deployed(item)) continue;
      for (const std::uint32_t deployment : build_of(item)->deployments)
        units_of_[deployment].push_back(item);
    }
    for (std::uint32_t i = 0; i < deployments_.size(); ++i) {
      if (const auto kind = deployments_[i].unseen) plan_.unseen.push_back({deployments_[i].place, *kind});
    }
    const auto same = [](const UnseenDeployment& a, const UnseenDeployment& b) {
      return a.place == b.place && a.kind == b.kind;
    };
    plan_.unseen.erase(std::unique(plan_.unseen.begin(), plan_.unseen.end(), same), plan_.unseen.end());
    for (const Deployment& deployment : deployments_) document_files_.insert(file_of(deployment));
    plan_argo();
    plan_flux();
    std::sort(deployed_.begin(), deployed_.end(), [](const Draft& a, const Draft& b) {
      return std::tie(a.name, a.place) < std::tie(b.name, b.place);
    });
    mark_unseen_documents();
  }

  [[nodiscard]] const std::string& file_of(const Deployment& deployment) const {
    return input_.files[deployment.place.file].path;
  }
  [[nodiscard]] const Resource& resource_of(const Deployment& deployment) const {
    return resource_at(input_, deployment.place);
  }

  // Which Argo CDs there are, by the files of their Applications: all files of one, or alternatives.
  struct ArgoCds {
    Alternatives tree;
    std::vector<std::size_t> group_of;      // by alternative
    std::vector<std::string> names = {""};  // by group
    std::vector<std::string> places = {""};
  };

  [[nodiscard]] ArgoCds find_argo_cds() const {
    ArgoCds argo;
    DeploymentContents contents;
    std::map<PlanPlace, Claim> claims;
    std::map<std::uint32_t, std::map<std::string_view, std::uint32_t>> by_thing;
    for (const Deployment& deployment : deployments_) {
      if (deployment.is_flux || claims.contains(deployment.place)) continue;
      claims.emplace(deployment.place, contents.add(resource_of(deployment)));
    }
    const auto divided = contents.divided();
    const bool from_elsewhere_alone =
        divided.size() == 1 &&
        std::all_of(divided.front()->contents.begin() + 1, divided.front()->contents.end(),
                    [&](const Resource* other) {
                      return differ_in_source_alone(*divided.front()->contents.front(), *other);
                    });
    if (divided.empty() || from_elsewhere_alone) return argo;
    std::unordered_set<std::uint32_t> things;
    for (const auto* known : divided) things.insert(known->thing);
    for (const auto& [place, claim] : claims) {
      if (things.contains(claim.thing))
        by_thing[claim.thing].emplace(input_.files[place.file].path, claim.content);
    }
    for (const auto& [thing, definitions] : by_thing)
      argo.tree.add(Alternatives::Definitions(definitions.begin(), definitions.end()));
    argo.tree.finish();
    const auto& all = argo.tree.all();
    if (all.empty()) return argo;
    // Leaves that contradict each other nowhere are one Argo CD's.
    std::vector<Grouping::Contents> contents_of(all.size());
    for (const auto& [place, claim] : claims) {
      const std::uint32_t home = argo.tree.home_of(input_.files[place.file].path);
      if (home != Alternatives::kNone && things.contains(claim.thing))
        contents_of[home].emplace(claim.thing, claim.content);
    }
    argo.group_of.resize(all.size());
    argo.names.clear();
    argo.places.clear();
    Grouping grouping;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_leaf) continue;
      Grouping::Contents own;
      for (const std::uint32_t holder : argo.tree.chain(i))
        own.insert(contents_of[holder].begin(), contents_of[holder].end());
      argo.group_of[i] = grouping.add(own);
      if (argo.group_of[i] < argo.names.size()) continue;
      argo.names.emplace_back(own_name(all[i].path));
      argo.places.push_back(relative(all[i].path));
    }
    return argo;
  }

  // The groups that a file's Applications belong to.
  [[nodiscard]] static std::vector<std::size_t> groups_of(const ArgoCds& argo, std::string_view file) {
    std::vector<std::size_t> groups;
    const std::uint32_t home = argo.tree.home_of(file);
    if (home == Alternatives::kNone) {
      groups.resize(argo.names.size());
      std::iota(groups.begin(), groups.end(), std::size_t{0});
      return groups;
    }
    // What leaves share belongs to each.
    for (std::uint32_t i = 0; i < argo.tree.all().size(); ++i) {
      if (!argo.tree.all()[i].is_leaf) continue;
      const auto chain = argo.tree.chain(i);
      if (std::find(chain.begin(), chain.end(), home) != chain.end()) groups.push_back(argo.group_of[i]);
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
  }

  // The files of deployments' documents that the units of a deployment hold.
  [[nodiscard]] std::set<std::string_view> documents_of(std::uint32_t deployment) const {
    std::set<std::string_view> held;
    for (const std::uint32_t unit : units_of_[deployment]) {
      for (const std::string& file : units_[unit].files) {
        if (document_files_.contains(file)) held.insert(file);
      }
    }
    return held;
  }

  void plan_argo() {
    const ArgoCds argo = find_argo_cds();
    std::map<std::pair<std::size_t, std::string_view>, Draft> drafts;
    std::vector<std::pair<std::size_t, const Deployment*>> unseen;
    for (std::uint32_t i = 0; i < deployments_.size(); ++i) {
      const Deployment& deployment = deployments_[i];
      if (deployment.is_flux) continue;
      auto groups = groups_of(argo, file_of(deployment));
      if (groups.size() > 1) {
        // One that deploys only Applications of one Argo CD is that one's.
        std::set<std::size_t> held;
        for (const std::string_view file : documents_of(i)) {
          const auto of_file = groups_of(argo, file);
          held.insert(of_file.begin(), of_file.end());
        }
        if (held.size() == 1) groups.assign(held.begin(), held.end());
      }
      for (const std::size_t group : groups) {
        if (deployment.unseen) {
          unseen.emplace_back(group, &deployment);
          continue;
        }
        if (units_of_[i].empty()) continue;
        Draft& draft = drafts[{group, deployment.destination}];
        for (const std::uint32_t unit : units_of_[i]) draft.items.push_back(unit);
      }
    }
    for (const auto& [group, deployment] : unseen) {
      bool found = false;
      for (auto& [key, draft] : drafts) {
        if (key.first != group) continue;
        if (!deployment->destination.empty() && deployment->destination != key.second) continue;
        draft.partial = true;
        found = true;
      }
      if (!found) unseen_files_.insert(file_of(*deployment));
    }
    for (auto& [key, draft] : drafts) {
      const std::string& group = argo.names[key.first];
      const std::string cluster = name_of_cluster(key.second);
      draft.name = group.empty() || cluster != "in-cluster" ? cluster : group;
      draft.place = group.empty() ? cluster : fmt::format("{}/{}", argo.places[key.first], cluster);
      keep_deployed(std::move(draft));
    }
  }

  // Of a server its host.
  static std::string name_of_cluster(std::string_view destination) {
    if (const auto scheme = destination.find("://"); scheme != std::string_view::npos)
      destination.remove_prefix(scheme + 3);
    return std::string(destination.substr(0, destination.find_first_of(":/")));
  }

  void keep_deployed(Draft draft) {
    Items items = std::exchange(draft.items, {});
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    if (items.empty()) return;
    add(draft, items);
    deployed_.push_back(std::move(draft));
  }

  void plan_flux() {
    // Which Kustomization applies which: its path holds the other's document.
    std::vector<std::uint32_t> all;
    std::map<std::string_view, std::vector<std::uint32_t>> by_file;
    DeploymentContents contents;
    std::map<std::uint32_t, Claim> claims;
    for (std::uint32_t i = 0; i < deployments_.size(); ++i) {
      if (!is_kustomization(i)) continue;
      all.push_back(i);
      by_file[file_of(deployments_[i])].push_back(i);
      claims.emplace(i, contents.add(resource_of(deployments_[i])));
    }
    std::map<std::uint32_t, std::vector<std::uint32_t>> applies;
    std::unordered_set<std::uint32_t> applied;
    for (const std::uint32_t i : all) {
      for (const std::string_view file : documents_of(i)) {
        const auto at = by_file.find(file);
        if (at == by_file.end()) continue;
        for (const std::uint32_t other : at->second) {
          if (other == i) continue;
          applies[i].push_back(other);
          applied.insert(other);
        }
      }
    }
    // Those that none applies; of a ring one.
    std::set<std::uint32_t> reached;
    const auto closure_of = [&](std::uint32_t root) {
      std::set<std::uint32_t> closure = {root};
      std::vector<std::uint32_t> pending = {root};
      while (!pending.empty()) {
        const std::uint32_t next = pending.back();
        pending.pop_back();
        for (const std::uint32_t other : applies[next]) {
          if (closure.insert(other).second) pending.push_back(other);
        }
      }
      reached.insert(closure.begin(), closure.end());
      return closure;
    };
    std::map<std::string_view, std::set<std::uint32_t>> by_folder;  // what the roots of a folder apply
    const auto add_root = [&](std::uint32_t root) {
      std::string_view folder = folder_of(file_of(deployments_[root]));
      if (base_name(folder) == "flux-system") folder = folder_of(folder);
      by_folder[folder].merge(closure_of(root));
    };
    for (const std::uint32_t i : all) {
      if (!applied.contains(i)) add_root(i);
    }
    for (const std::uint32_t i : all) {
      if (!reached.contains(i)) add_root(i);
    }
    // Roots that contradict nowhere are one cluster's.
    Grouping grouping;
    std::vector<Draft> drafts;
    for (const auto& [folder, closure] : by_folder) {
      Grouping::Contents own;
      const auto claim = [&own](std::uint32_t thing, std::uint32_t content) {
        const auto [at, is_new] = own.emplace(thing, content);
        if (!is_new && at->second != content) at->second = kSeveral;
      };
      Items items;
      bool partial = false;
      for (const std::uint32_t i : closure) {
        claim(claims.at(i).thing, claims.at(i).content);
        partial |= deployments_[i].unseen.has_value();
        for (const std::uint32_t unit : units_of_[i]) items.push_back(unit);
      }
      // Things of resources come after those of deployments; what roots read is no resource.
      std::sort(items.begin(), items.end());
      items.erase(std::unique(items.begin(), items.end()), items.end());
      for (const std::uint32_t unit : items) {
        for (const Claim& said : claims_of(unit)) {
          if (said.thing < contradictions_.size())
            claim(static_cast<std::uint32_t>(deployments_.size()) + said.thing, said.content);
        }
      }
      const std::size_t group = grouping.add(own);
      if (group == drafts.size()) {
        Draft& draft = drafts.emplace_back();
        draft.name = own_name(folder);
        draft.place = relative(folder);
        if (draft.place.empty()) draft.name = draft.place = "flux";
      }
      drafts[group].partial |= partial;
      drafts[group].items.insert(drafts[group].items.end(), items.begin(), items.end());
      if (partial && drafts[group].items.empty()) {
        for (const std::uint32_t i : closure) unseen_files_.insert(file_of(deployments_[i]));
      }
    }
    for (Draft& draft : drafts) keep_deployed(std::move(draft));
  }
  [[nodiscard]] bool is_kustomization(std::uint32_t deployment) const {
    return deployments_[deployment].is_flux && deployments_[deployment].unseen != UnseenKind::HelmRelease;
  }

  // What brings something that is not seen makes the meshes partial that hold its document, unless it is
  // known which mesh it deploys to.
  void mark_unseen_documents() {
    for (const Deployment& deployment : deployments_) {
      if (deployment.unseen == UnseenKind::HelmRelease) unseen_files_.insert(file_of(deployment));
    }
    if (unseen_files_.empty()) return;
    partial_.resize(units_.size());
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      const auto& files = units_[i].files;
      partial_[i] = unseen_files_.contains(units_[i].path) ||
                    std::any_of(files.begin(), files.end(),
                                [this](const std::string& file) { return unseen_files_.contains(file); });
    }
  }

  // ---------------------------------------------------------------- point 2: everything else

  void plan_the_rest() {
    std::erase_if(free_, [this](std::uint32_t item) { return is_deployed(item); });
    set_charts_apart();
    mark_alternatives();
    const auto& all = tree_.all();
    if (all.empty() && deployed_.empty()) {
      Draft& draft = drafts_.emplace_back();
      draft.name = "default";
      draft.items = std::move(free_);
      return;
    }
    Items shared;
    std::vector<Items> items_of(all.size());
    for (const std::uint32_t item : free_) {
      const std::uint32_t home = tree_.home_of(path_of(item));
      (home == Alternatives::kNone ? shared : items_of[home]).push_back(item);
    }
    std::vector<Leaf> leaves;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_leaf) continue;
      Leaf& leaf = leaves.emplace_back(Leaf{i, own_name(all[i].path), tree_.chain(i), {}, false});
      for (const std::uint32_t holder : leaf.chain) {
        if (all[i].in_collection && !all[holder].in_collection) break;
        leaf.items.insert(leaf.items.end(), items_of[holder].begin(), items_of[holder].end());
      }
      if (all[i].in_collection) stand_alone(leaf);
    }
    join_deployed(shared, leaves);
    const std::size_t before = drafts_.size();
    const bool fits_limit = plan_leaves(shared, leaves);
    if (!fits_limit) {
      // Too many: a collection.
      drafts_.resize(before);
      for (Leaf& leaf : leaves) {
        if (!leaf.taken || leaf.tentative) stand_alone(leaf);
      }
    }
    // What is in no mesh now is one of its own.
    const bool is_in_leaves = fits_limit && drafts_.size() > before;
    const bool is_in_deployed =
        !deployed_.empty() && std::all_of(shared.begin(), shared.end(),
                                          [this](std::uint32_t item) { return joined_.contains(item); });
    if (is_in_leaves || is_in_deployed || shared.empty()) return;
    Draft& rest = drafts_.emplace_back();
    rest.name = "default";
    rest.items = std::move(shared);
  }

  struct Leaf {
    std::uint32_t alternative = 0;
    std::string_view name;
    std::vector<std::uint32_t> chain;
    Items items;  // its own, and what the alternatives that hold it share
    bool taken = false;
    bool tentative = false;  // taken by a mesh that may be given up
  };

  void mark_alternatives() {
    std::vector<bool> is_free(units_.size());
    for (const std::uint32_t item : free_) {
      if (item < units_.size()) is_free[item] = true;
    }
    for (std::size_t i = 0; i < contradictions_.size(); ++i) {
      Alternatives::Definitions definitions;
      for (const UnitDefinition& definition : contradictions_[i]) {
        if (is_free[definition.unit])
          definitions.emplace_back(units_[definition.unit].path, content_of(definition.unit, i));
      }
      tree_.add(std::move(definitions));
    }
    for (const Items& readers : common_) {
      Alternatives::Definitions definitions;
      for (const std::uint32_t item : readers) {
        if (is_free[item]) definitions.emplace_back(units_[item].path, item);
      }
      tree_.add(std::move(definitions));
    }
    tree_.finish();
    note_alternatives(is_free);
  }

  [[nodiscard]] std::uint32_t content_of(std::uint32_t unit, std::size_t thing) const {
    const auto& claims = claims_[unit];
    return std::find_if(claims.begin(), claims.end(),
                        [thing](const Claim& claim) { return claim.thing == thing; })
        ->content;
  }

  void note_alternatives(const std::vector<bool>& is_free) {
    std::set<std::vector<PlanPlace>> seen;
    for (std::size_t i = 0; i < contradictions_.size(); ++i) {
      AlternativeResource resource;
      std::set<std::uint32_t> contents;
      for (const UnitDefinition& definition : contradictions_[i]) {
        if (!is_free[definition.unit]) continue;
        contents.insert(content_of(definition.unit, i));
        resource.definitions.push_back({definition.unit, definition.document, definition.index});
      }
      // PeerAuthentications without selector are compared by name too.
      if (contents.size() > 1 && seen.insert(resource.definitions).second)
        plan_.alternatives.push_back(std::move(resource));
    }
  }

  void stand_alone(Leaf& leaf) {
    leaf.taken = true;
    leaf.tentative = false;
    Draft& draft = drafts_.emplace_back();
    draft.name = leaf.name;
    draft.place = relative(tree_.all()[leaf.alternative].path);
    draft.items = leaf.items;
    draft.alone = true;
  }

  // Of alternatives of one folder a mesh has one.
  [[nodiscard]] bool takes(const Draft& draft, const Leaf& leaf) const {
    return std::all_of(leaf.chain.begin(), leaf.chain.end(),
                       [&](std::uint32_t alternative) {
                         const auto at = draft.alternatives.find(tree_.all()[alternative].folder);
                         return at == draft.alternatives.end() || at->second == alternative;
                       }) &&
           fits(draft, leaf.items);
  }
  void take(Draft& draft, const Leaf& leaf) const {
    add(draft, leaf.items);
    for (const std::uint32_t alternative : leaf.chain)
      draft.alternatives.emplace(tree_.all()[alternative].folder, alternative);
  }

  void join_deployed(const Items& shared, std::vector<Leaf>& leaves) {
    for (Draft& draft : deployed_) {
      for (const std::uint32_t item : shared) {
        if (!fits(draft, item)) continue;
        add(draft, item);
        joined_.insert(item);
      }
    }
    for (Leaf& leaf : leaves) {
      if (leaf.taken) continue;
      for (Draft& draft : deployed_) {
        if (!holds_word(draft.name, leaf.name) || !takes(draft, leaf)) continue;
        take(draft, leaf);
        leaf.taken = true;
      }
    }
    for (Leaf& leaf : leaves) {
      if (leaf.taken) continue;
      const auto first = std::find_if(deployed_.begin(), deployed_.end(),
                                      [&](const Draft& draft) { return takes(draft, leaf); });
      if (first == deployed_.end()) continue;
      take(*first, leaf);
      leaf.taken = true;
    }
  }

  // A mesh for each leaf that is in none yet. False: they are more than there may be.
  bool plan_leaves(const Items& shared, std::vector<Leaf>& leaves) {
    std::map<std::string_view, std::vector<Leaf*>> by_name;
    for (Leaf& leaf : leaves) {
      if (!leaf.taken) by_name[leaf.name].push_back(&leaf);
    }
    std::size_t count = 0;
    for (Leaf& leaf : leaves) {
      if (leaf.taken) continue;
      if (++count > kMaxAlternatives) return false;
      Draft draft;
      draft.name = leaf.name;
      draft.place = relative(tree_.all()[leaf.alternative].path);
      take(draft, leaf);
      leaf.taken = leaf.tentative = true;
      for (Leaf* other : by_name[leaf.name]) {
        if (other == &leaf || !takes(draft, *other)) continue;
        take(draft, *other);
        other->taken = other->tentative = true;
      }
      add(draft, shared);
      drafts_.push_back(std::move(draft));
    }
    return true;
  }

  // ---------------------------------------------------------------- charts

  // Those whose meshes are named, and those whose namespaces are not known, if there are several: two that
  // say `namespace: {{ .Release.Namespace }}` need not mean the same one.
  void set_charts_apart() {
    Items unknown;
    for (const std::uint32_t item : free_) {
      const PlannedBuild* build = item < units_.size() ? build_of(item) : nullptr;
      if (build == nullptr || !build->request.is_chart) continue;
      if (!build->request.chart.meshes.empty()) {
        named_charts_.push_back(item);
      } else if (build->request.chart.ns.empty()) {
        unknown.push_back(item);
      }
    }
    if (unknown.size() > 1) charts_apart_ = std::move(unknown);
    plan_.charts_apart = !charts_apart_.empty();
    std::unordered_set<std::uint32_t> apart(charts_apart_.begin(), charts_apart_.end());
    apart.insert(named_charts_.begin(), named_charts_.end());
    if (!apart.empty()) std::erase_if(free_, [&](std::uint32_t item) { return apart.contains(item); });
  }

  // Each that is apart has a mesh of its own: the first that it belongs to, without the other ones.
  void add_charts() {
    if (charts_apart_.empty() && named_charts_.empty()) return;
    drafts_.insert(drafts_.end(), std::make_move_iterator(deployed_.begin()),
                   std::make_move_iterator(deployed_.end()));
    deployed_.clear();
    for (const std::uint32_t item : named_charts_) {
      for (const std::string& name : build_of(item)->request.chart.meshes) add_to_named(item, name);
    }
    if (charts_apart_.empty()) return;
    for (Draft& draft : drafts_) draft.other_charts |= !draft.alone;
    const bool is_collection = charts_apart_.size() > kMaxAlternatives;
    std::set<std::size_t> bases;
    std::vector<Draft> added;
    for (const std::uint32_t item : charts_apart_) {
      const auto base = is_collection ? std::nullopt : base_of(item);
      Draft draft = base ? drafts_[*base] : Draft{};
      if (base) bases.insert(*base);
      draft.name = own_name(path_of(item));
      draft.place = relative(path_of(item));
      draft.other_charts = true;
      add(draft, item);
      added.push_back(std::move(draft));
    }
    // What all share is in each of them.
    for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
      if (drafts_[*base].name == "default")
        drafts_.erase(drafts_.begin() + static_cast<std::ptrdiff_t>(*base));
    }
    std::move(added.begin(), added.end(), std::back_inserter(drafts_));
  }

  void add_to_named(std::uint32_t item, const std::string& name) {
    bool found = false;
    for (Draft& draft : drafts_) {
      if (draft.alone || (draft.name != name && draft.place != name)) continue;
      add(draft, item);
      found = true;
    }
    if (found) return;
    const auto base = base_of(item);
    const bool is_common = base && drafts_[*base].name == "default";
    Draft draft = base ? drafts_[*base] : Draft{};
    draft.name = draft.place = name;
    add(draft, item);
    if (is_common) {
      drafts_[*base] = std::move(draft);
    } else {
      drafts_.push_back(std::move(draft));
    }
  }

  // The first draft that a chart contradicts nowhere and whose alternative, if it stands in one, is its own.
  [[nodiscard]] std::optional<std::size_t> base_of(std::uint32_t item) const {
    const std::uint32_t home = tree_.home_of(path_of(item));
    const auto base = std::find_if(drafts_.begin(), drafts_.end(), [&](const Draft& draft) {
      if (draft.alone || !fits(draft, item)) return false;
      if (home == Alternatives::kNone) return true;
      const auto at = draft.alternatives.find(tree_.all()[home].folder);
      return at != draft.alternatives.end() && at->second == home;
    });
    if (base == drafts_.end()) return std::nullopt;
    return static_cast<std::size_t>(base - drafts_.begin());
  }

  // ---------------------------------------------------------------- the result

  void finish() {
    drafts_.insert(drafts_.end(), std::make_move_iterator(deployed_.begin()),
                   std::make_move_iterator(deployed_.end()));
    std::vector<bool> is_in(units_.size());
    for (std::size_t i = 0; i < units_.size(); ++i) is_in[i] = units_[i].refused;
    for (Draft& draft : drafts_) {
      PlannedMesh mesh;
      mesh.partial = draft.partial;
      mesh.unrendered_charts = draft.other_charts;
      if (!std::is_sorted(draft.items.begin(), draft.items.end()))
        std::sort(draft.items.begin(), draft.items.end());
      draft.items.erase(std::unique(draft.items.begin(), draft.items.end()), draft.items.end());
      mesh.units.reserve(draft.items.size());
      for (const std::uint32_t item : draft.items) {
        if (item >= units_.size()) {
          mesh.unrendered_charts = true;
          continue;
        }
        const PlanUnit& unit = units_[item];
        mesh.partial |= unit.partial || unit.refused || (!partial_.empty() && partial_[item]);
        if (unit.refused) continue;
        mesh.units.push_back(item);
        is_in[item] = true;
      }
      if (mesh.units.empty()) continue;
      mesh.name = std::move(draft.name);
      places_.push_back(std::move(draft.place));
      plan_.meshes.push_back(std::move(mesh));
    }
    name_meshes();
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      if (units_[i].refused || !is_in[i]) plan_.left_out.push_back(i);
    }
    std::sort(plan_.left_out.begin(), plan_.left_out.end());
    plan_.left_out.erase(std::unique(plan_.left_out.begin(), plan_.left_out.end()), plan_.left_out.end());
  }

  // Where two have one name, their places.
  void name_meshes() {
    auto& meshes = plan_.meshes;
    if (meshes.size() == 1) {
      meshes.front().name = "default";
      return;
    }
    std::map<std::string, std::size_t> counts;
    for (const PlannedMesh& mesh : meshes) ++counts[mesh.name];
    for (std::size_t i = 0; i < meshes.size(); ++i) {
      if (counts[meshes[i].name] > 1 && !places_[i].empty()) meshes[i].name = places_[i];
    }
    std::stable_sort(meshes.begin(), meshes.end(), [this](const PlannedMesh& a, const PlannedMesh& b) {
      if (a.name != b.name) return a.name < b.name;
      return units_[a.units.front()].path < units_[b.units.front()].path;
    });
    std::set<std::string> given;
    for (PlannedMesh& mesh : meshes) {
      const std::string base = mesh.name;
      for (int number = 2; !given.insert(mesh.name).second; ++number)
        mesh.name = fmt::format("{} #{}", base, number);
    }
  }

  const PlanInput& input_;
  const std::vector<PlanUnit>& units_;
  MeshPlan plan_;
  Items free_;  // without test data and what is in no mesh
  std::vector<std::string> chart_paths_;
  bool has_builds_ = false;

  std::vector<Deployment> deployments_;
  std::vector<PlannedBuild> builds_;  // by PlanUnit::request
  std::vector<Items> units_of_;       // by deployment
  std::unordered_set<std::string_view> document_files_;
  std::unordered_set<std::string_view> unseen_files_;
  std::vector<bool> partial_;  // by unit; empty: none

  std::vector<std::vector<UnitDefinition>> contradictions_;  // by thing, those of resources
  std::vector<Items> common_;  // roots that reach a common file; things after them
  std::uint32_t things_ = 0;
  std::vector<std::vector<Claim>> claims_;  // by unit; empty: nothing contradicts

  Alternatives tree_;
  std::vector<Draft> deployed_;
  std::unordered_set<std::uint32_t> joined_;
  std::vector<Draft> drafts_;
  Items charts_apart_;
  Items named_charts_;
  std::vector<std::string> places_;  // by mesh
};

// A resource by what it is compared by.
struct Identified {
  std::uint64_t hash = 0;
  const Resource* resource = nullptr;
  std::pair<std::uint32_t, std::uint32_t> place;  // document, resource
};

// Without the documents that the other state of the same file shares.
std::vector<Identified> identities(const FileFacts* facts, const FileFacts* other,
                                   std::string_view default_namespace) {
  std::vector<Identified> all;
  if (facts == nullptr) return all;
  visit_identity_hashes(
      *facts, default_namespace,
      [&all](std::uint64_t hash, const Resource& resource, std::uint32_t document, std::uint32_t index) {
        all.push_back({hash, &resource, {document, index}});
      },
      other);
  std::stable_sort(all.begin(), all.end(),
                   [](const Identified& a, const Identified& b) { return a.hash < b.hash; });
  return all;
}

// The deployments of a file, and, where texts are substituted, its ConfigMaps; likewise.
std::vector<Identified> planned_resources(const FileFacts* facts, const FileFacts* other, bool with_configs) {
  std::vector<Identified> all;
  if (facts == nullptr) return all;
  for (std::uint32_t d = 0; d < facts->documents.size(); ++d) {
    if (shares_document(other, d, facts->documents[d])) continue;
    const auto& resources = facts->documents[d].facts->resources;
    for (std::uint32_t r = 0; r < resources.size(); ++r) {
      const Kind kind = metadata_of(resources[r]).kind;
      if (is_deployment(kind) || (with_configs && kind == Kind::ConfigMap))
        all.push_back({0, &resources[r], {d, r}});
    }
  }
  return all;
}

bool is_same(const Identified& a, const Identified& b) {
  return a.place == b.place && *a.resource == *b.resource;
}

// Of each folder that a configured mesh names; a component is no build of its own.
std::vector<BuildRequest> configured_builds(const PlanInput& input) {
  const std::vector<Glob> globs(input.configured_builds->begin(), input.configured_builds->end());
  std::vector<BuildRequest> requests;
  for (const PlannedKustomization& kustomization : input.kustomizations) {
    if (kustomization.is_component || !is_below(kustomization.path, input.root)) continue;
    const std::string folder(folder_of(kustomization.path));
    const std::string name = folder == input.root ? "." : folder.substr(input.root.size() + 1);
    if (std::none_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(name); }))
      continue;
    BuildRequest& request = requests.emplace_back();
    request.name = name;
    request.folder = folder;
  }
  const auto by_name = [](const BuildRequest& a, const BuildRequest& b) { return a.name < b.name; };
  const auto same_name = [](const BuildRequest& a, const BuildRequest& b) { return a.name == b.name; };
  std::sort(requests.begin(), requests.end(), by_name);
  requests.erase(std::unique(requests.begin(), requests.end(), same_name), requests.end());
  for (BuildRequest& chart : planned_charts(input)) requests.push_back(std::move(chart));
  std::stable_sort(requests.begin(), requests.end(), by_name);
  return requests;
}

}  // namespace

std::optional<std::size_t> file_index(const PlanInput& input, std::string_view path) {
  const auto at =
      std::lower_bound(input.files.begin(), input.files.end(), path,
                       [](const PlanFile& file, std::string_view wanted) { return file.path < wanted; });
  if (at == input.files.end() || at->path != path) return std::nullopt;
  return static_cast<std::size_t>(at - input.files.begin());
}

std::vector<BuildRequest> plan_builds(const PlanInput& input) {
  if (input.configured_builds) return configured_builds(input);
  const bool has_charts =
      input.chart_settings.are_rendered && !(input.charts.empty() && input.chart_settings.releases.empty());
  if (input.kustomizations.empty() && !has_charts && !has_deployments(input)) return {};
  const PlanFolders folders(input);
  std::vector<BuildRequest> requests;
  for (PlannedBuild& build : planned_builds(input, folders, find_deployments(input, folders)))
    requests.push_back(std::move(build.request));
  return requests;
}

MeshPlan plan_meshes(const PlanInput& input, const std::vector<PlanUnit>& units) {
  return Planner(input, units).plan();
}

PlanIndex::PlanIndex(const PlanInput& input, const std::vector<BuildRequest>& requests,
                     const std::vector<PlanUnit>& units) {
  definitions_.reserve(units.size());
  for (const BuildRequest& request : requests) substitutes_ |= request.substitutes;
  for (const PlanUnit& unit : units) {
    if (unit.facts == nullptr) continue;
    const bool has_own =
        unit.is_build && unit.request < requests.size() && !requests[unit.request].default_namespace.empty();
    visit_identity_hashes(
        *unit.facts, has_own ? requests[unit.request].default_namespace : input.default_namespace,
        [this](std::uint64_t hash, const Resource&, std::uint32_t, std::uint32_t) { ++definitions_[hash]; });
  }
}

bool PlanIndex::may_change_builds(const FileFacts* before, const FileFacts* after, bool substitutes) {
  const auto old_ones = planned_resources(before, after, substitutes);
  const auto new_ones = planned_resources(after, before, substitutes);
  return !std::equal(old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(), is_same);
}

bool PlanIndex::replace(const FileFacts* before, const FileFacts* after, std::string_view default_namespace) {
  bool changes = (before == nullptr) != (after == nullptr) || changes_builds(before, after);
  const auto old_ones = identities(before, after, default_namespace);
  const auto new_ones = identities(after, before, default_namespace);
  auto old_at = old_ones.begin();
  auto new_at = new_ones.begin();
  while (old_at != old_ones.end() || new_at != new_ones.end()) {
    const bool takes_old =
        old_at != old_ones.end() && (new_at == new_ones.end() || old_at->hash <= new_at->hash);
    const std::uint64_t hash = takes_old ? old_at->hash : new_at->hash;
    const auto end_of = [hash](auto at, auto end) {
      return std::find_if(at, end, [hash](const Identified& one) { return one.hash != hash; });
    };
    const auto old_end = end_of(old_at, old_ones.end());
    const auto new_end = end_of(new_at, new_ones.end());
    const auto old_count = static_cast<std::uint32_t>(old_end - old_at);
    const auto new_count = static_cast<std::uint32_t>(new_end - new_at);
    std::uint32_t& count = definitions_[hash];
    if (count > old_count) changes |= !std::equal(old_at, old_end, new_at, new_end, is_same);
    count += new_count - old_count;
    if (count == 0) definitions_.erase(hash);
    old_at = old_end;
    new_at = new_end;
  }
  return changes;
}

}  // namespace workspace
