#include "workspace/sources/build_increment.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace workspace::kustomize {
namespace {

constexpr std::array<std::string_view, 17> kPiecewiseFields = {"apiVersion",
                                                               "kind",
                                                               "metadata",
                                                               "resources",
                                                               "bases",
                                                               "namespace",
                                                               "namePrefix",
                                                               "nameSuffix",
                                                               "labels",
                                                               "commonLabels",
                                                               "commonAnnotations",
                                                               "patches",
                                                               "patchesStrategicMerge",
                                                               "images",
                                                               "imageTags",
                                                               "replicas",
                                                               "sortOptions"};

// What decides how others find a resource, beside its names.
bool is_known_alike(const Resource& a, const Resource& b) {
  return a.behavior == b.behavior && a.needs_hash == b.needs_hash &&
         (a.names == b.names || a.history() == b.history());
}

// False: it has another name.
bool add_if_changed(const Resource& before, const Resource& now, std::uint32_t number,
                    std::vector<ChangedResource>& changed) {
  if (is_unchanged(before, now)) return true;
  if (now.needs_hash || !is_named_alike(before, now)) return false;
  changed.push_back({number, now});
  changed.back().resource.input = number;
  return true;
}

}  // namespace

Resource LayerInput::at(std::size_t index) const {
  if (base != nullptr) return base->resources[index];
  Resource resource;
  resource.tree = document;
  return resource;
}

bool is_piecewise(const Tree& kustomization) {
  return std::all_of(kustomization.entries.begin(), kustomization.entries.end(), [](const Entry& entry) {
    return std::find(kPiecewiseFields.begin(), kPiecewiseFields.end(), entry.key) != kPiecewiseFields.end();
  });
}

bool is_named_alike(const Resource& a, const Resource& b) {
  return a.name_space() == b.name_space() && a.api_version() == b.api_version() && a.kind() == b.kind() &&
         a.name() == b.name() && is_known_alike(a, b);
}

std::optional<std::vector<ChangedResource>> changed_resources(const std::vector<LayerInput>& before,
                                                              const std::vector<LayerInput>& now) {
  if (before.size() != now.size()) return std::nullopt;
  std::vector<ChangedResource> changed;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const LayerInput& old = before[i];
    const LayerInput& fresh = now[i];
    if ((old.base == nullptr) != (fresh.base == nullptr) || old.size() != fresh.size()) return std::nullopt;
    if (old.base == fresh.base && old.document == fresh.document) {
      number += static_cast<std::uint32_t>(fresh.size());
      continue;
    }
    for (std::size_t at = 0; at < fresh.size(); ++at, ++number) {
      const bool is_alike = fresh.base != nullptr ? add_if_changed(old.base->resources[at],
                                                                   fresh.base->resources[at], number, changed)
                                                  : add_if_changed(old.at(at), fresh.at(at), number, changed);
      if (!is_alike) return std::nullopt;
    }
  }
  return changed;
}

std::optional<std::vector<ChangedResource>> changed_resources(const std::vector<Resource>& before,
                                                              const std::vector<Resource>& now) {
  if (before.size() != now.size()) return std::nullopt;
  std::vector<ChangedResource> changed;
  for (std::uint32_t number = 0; number < now.size(); ++number) {
    if (!add_if_changed(before[number], now[number], number, changed)) return std::nullopt;
  }
  return changed;
}

bool is_unchanged(const Resource& a, const Resource& b) {
  return a.tree == b.tree && a.twins == b.twins && a.annotated == b.annotated && is_known_alike(a, b);
}

std::optional<std::vector<std::uint32_t>> places_of(const std::vector<Resource>& made,
                                                    const std::vector<ChangedResource>& given,
                                                    const std::vector<Resource>& before) {
  std::vector<std::uint32_t> places;
  std::uint32_t at = 0;
  for (const ChangedResource& changed : given) {
    while (at < before.size() && before[at].input < changed.number) ++at;
    const std::size_t next = places.size();
    const bool was_made = at < before.size() && before[at].input == changed.number;
    const bool is_made = next < made.size() && made[next].input == changed.number;
    if (was_made != is_made) return std::nullopt;
    if (!is_made) continue;
    if (!is_named_alike(before[at], made[next])) return std::nullopt;
    places.push_back(at);
  }
  if (places.size() != made.size()) return std::nullopt;
  return places;
}

}  // namespace workspace::kustomize
