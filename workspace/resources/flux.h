// Kustomization and HelmRelease: what Flux deploys (Flux API, kustomize.toolkit.fluxcd.io and
// helm.toolkit.fluxcd.io).
#pragma once

#include <utility>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/base/optional_ptr.h"
#include "workspace/resources/metadata.h"

namespace workspace {

// An entry of postBuild.substituteFrom.
struct SubstituteFrom {
  CompactString kind;  // ConfigMap or Secret, in the Kustomization's namespace
  CompactString name;
  friend bool operator==(const SubstituteFrom&, const SubstituteFrom&) = default;
};

struct PostBuild {
  CompactList<std::pair<CompactString, CompactString>> substitute;
  CompactList<SubstituteFrom> from;
  friend bool operator==(const PostBuild&, const PostBuild&) = default;
};

// As written.
struct FluxSource {
  CompactString kind;
  CompactString ns;
  CompactString name;
  friend bool operator==(const FluxSource&, const FluxSource&) = default;
  friend auto operator<=>(const FluxSource&, const FluxSource&) = default;
};

struct FluxKustomization {
  Metadata metadata;
  CompactString path;  // as written; empty: the source's root
  CompactString target_namespace;
  OptionalPtr<FluxSource> source;
  OptionalPtr<PostBuild> post_build;  // none: texts `${…}` are left alone
  friend bool operator==(const FluxKustomization&, const FluxKustomization&) = default;
};

struct HelmRelease {
  Metadata metadata;
  CompactString chart;  // its name, or that of the resource that says which; as written
  friend bool operator==(const HelmRelease&, const HelmRelease&) = default;
};

FluxKustomization decode_flux_kustomization(const yaml::Value& resource);
HelmRelease decode_helm_release(const yaml::Value& resource);

}  // namespace workspace
