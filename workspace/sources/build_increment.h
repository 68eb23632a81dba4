// Internal to kustomize.h: what of a build is left as it is after a change.
//
// Where a file of a base is edited, the layers above get the resources they had before but for a few. What
// most fields of a kustomization make of a resource depends on that resource and on what the others are
// called, so what was made of the others is taken over as long as nobody's name changes. A layer with other
// fields (generators, components, replacements, vars, plugins) is evaluated whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {

// What one entry of `resources` brings: a kustomization's result, or one document of a file.
struct LayerInput {
  std::shared_ptr<const Accumulator> base;  // null: a document
  std::shared_ptr<Tree> document;
  Place place;  // the entry

  [[nodiscard]] std::size_t size() const { return base == nullptr ? 1 : base->resources.size(); }
  [[nodiscard]] Resource at(std::size_t index) const;
};

// A resource that is not what it was, by its number among all that a layer is given.
struct ChangedResource {
  std::uint32_t number = 0;
  Resource resource;
};

// Whether each field of a kustomization makes of a resource what does not depend on what others hold.
bool is_piecewise(const Tree& kustomization);

// Whether two states of a resource have the same names, now and earlier, so that others find the one as they
// would the other.
bool is_named_alike(const Resource& a, const Resource& b);

// The resources that changed; none if there are others than before, or others' names. O(inputs) where bases
// are the same, O(resources) where they are not.
std::optional<std::vector<ChangedResource>> changed_resources(const std::vector<LayerInput>& before,
                                                              const std::vector<LayerInput>& now);
std::optional<std::vector<ChangedResource>> changed_resources(const std::vector<Resource>& before,
                                                              const std::vector<Resource>& now);

// Whether two states of a resource are the same.
bool is_unchanged(const Resource& a, const Resource& b);

// Where among what a layer made `before` each of those belongs that it makes now of the `given` resources,
// both in the order of their numbers. None: a resource has come, gone, or got another name.
std::optional<std::vector<std::uint32_t>> places_of(const std::vector<Resource>& made,
                                                    const std::vector<ChangedResource>& given,
                                                    const std::vector<Resource>& before);

}  // namespace workspace::kustomize
