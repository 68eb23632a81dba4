// What a snapshot holds of a cluster: which kinds, and of each the fields that the analysis reads. Source:
// docs/design/cluster.md, section 1. No Secrets, no values of environments, no annotations but those that the
// analysis reads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "workspace/yaml/fast_reader.h"

namespace workspace {

enum class ClusterKindUse : std::uint8_t {
  Whole,       // every object counts
  Calls,       // those that have the API server call a Service
  MeshConfig,  // ConfigMaps `istio` and `istio-*` of the root namespace
  Pod,         // those that run, one for each different kind of pod of a controller
  Controller,  // by its template, unless pods of it run
  Owner,       // of pods, or owned itself: a controller only where nothing owns it
  Run,         // a Job: owns pods, and makes no others later
};

struct ClusterKind {
  std::string_view group;  // empty: the core group
  std::string_view kind;
  ClusterKindUse use = ClusterKindUse::Whole;
  unsigned page = 500;                     // objects asked for at once
  std::span<const yaml::Outline> outline;  // what is read of an object, below its root
};

// All of them, by group.
std::span<const ClusterKind> cluster_kinds();

}  // namespace workspace
