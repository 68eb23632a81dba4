// Decides which documents of a workspace form which meshes, without configuration
// (docs/design/sources.md, section 2).
//
// In two phases, since what builds say is known only when they are built: plan_builds() says which builds
// there are, plan_meshes() puts plain files and builds together. Pure functions of what they are given; the
// results do not depend on the order of files, kustomizations, charts or units (they name units by their
// index all the same). Safe on any thread. Paths are absolute, normalised and '/'-separated; a folder's has
// no final
// '/', unless said otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "workspace/resources/resource_id.h"
#include "workspace/sources/chart.h"
#include "workspace/sources/file_facts.h"

namespace workspace {

// A manifest file. Kustomization files and those that only builds read may be among them.
struct PlanFile {
  std::string path;
  std::shared_ptr<const FileFacts> facts;  // may be null: not read, says nothing
};

// A kustomization file (of group kustomize.config.k8s.io, or without an apiVersion) and what it names,
// whether that is there or not.
struct PlannedKustomization {
  std::string path;                    // of the file
  bool is_component = false;           // `kind: Component`
  std::vector<std::string> folders;    // of `resources`, `bases` and `components`
  std::vector<std::string> resources;  // files of `resources`
  std::vector<std::string> others;     // other files: patches, values of generators, configurations …
  std::vector<std::string> contents;   // of `others`, those of generators: their text may be anything
};

struct PlannedChart {
  std::string folder;
  bool rendered = false;  // its documents are a unit, or it has none
  ChartFile file = {};
  bool has_templates = true;  // of its own
};

// Whether charts are rendered, and how.
struct ChartSettings {
  bool are_rendered = false;  // each by a release of its own name, if nothing else is said of it
  // Named in the configuration. `release` may be empty, and `values` be relative, until they are read
  // (WorkspaceBuilds).
  std::vector<ChartRelease> releases;
  friend bool operator==(const ChartSettings&, const ChartSettings&) = default;
};

struct PlanInput {
  std::string root;  // the workspace's folder, to which names are relative
  std::string default_namespace = "default";
  std::vector<PlanFile> files;  // all manifests below it
  std::vector<PlannedKustomization> kustomizations;
  // Where meshes are configured: globs of the folders to build, relative to the root, and nothing else is.
  std::optional<std::vector<std::string>> configured_builds;
  std::vector<PlannedChart> charts;  // sorted
  ChartSettings chart_settings;
};

// Which of the files has that path; they must be sorted.
std::optional<std::size_t> file_index(const PlanInput& input, std::string_view path);

// A resource by its place: PlanInput::files (or the units, where said so), documents, resources.
struct PlanPlace {
  std::uint32_t file = 0;
  std::uint32_t document = 0;
  std::uint32_t resource = 0;
  friend bool operator==(const PlanPlace&, const PlanPlace&) = default;
  friend auto operator<=>(const PlanPlace&, const PlanPlace&) = default;
};

// `${name}` of Flux' postBuild.
struct Substitution {
  std::string name;
  std::string value;
  friend bool operator==(const Substitution&, const Substitution&) = default;
};

// A build that there is to be made.
struct BuildRequest {
  std::string name;    // the folder, relative to the root; "." for the root. Unique among requests
  std::string folder;  // with a kustomization, or (`is_synthetic`) the path that a deployment names
  // Made of `files` and `folders`, since the folder has no kustomization.
  bool is_synthetic = false;
  bool may_repeat = false;           // Argo CD applies what is there twice; kustomize would refuse it
  std::vector<std::string> files;    // plain files, sorted
  std::vector<std::string> folders;  // folders with a kustomization, which are built; sorted
  std::string default_namespace;     // Argo CD: of documents without one; empty: the workspace's
  std::string target_namespace;      // Flux: replaces all, as kustomize's `namespace:` does
  // Flux: values of `${…}`, sorted by name; those of `substitute_from` come first and are overridden by
  // these.
  bool substitutes = false;  // `$${…}`, and `${x:=default}` too have a meaning
  std::vector<Substitution> substitutions;
  std::vector<PlanPlace> substitute_from;  // ConfigMaps of the workspace, later ones override
  // The Argo CD Applications, ApplicationSets and Flux Kustomizations that ask for it; none: a root.
  std::vector<PlanPlace> deployments;
  bool is_chart = false;  // made of what helm renders of `chart`, with nothing of the above but `deployments`
  ChartRelease chart;
  bool is_one_of_several = false;  // of a chart: its folder has other builds too, and the name says which
};

// Sorted by name.
std::vector<BuildRequest> plan_builds(const PlanInput& input);

// What stands in a mesh as one: a plain file that belongs to no build, or a build.
struct PlanUnit {
  std::string path;  // the file; or the build's folder and '/'; of a chart with several releases more
  bool is_build = false;
  bool partial = false;       // of a build: something of it was not seen
  bool refused = false;       // of a build: it is in no mesh
  std::uint32_t request = 0;  // of a build: its index in what plan_builds() gives for the same input
  std::shared_ptr<const FileFacts> facts;
  std::vector<std::string> files;  // of a build: its sources
};

struct PlannedMesh {
  std::string name;                  // unique; "default" if it is the only one
  std::vector<std::uint32_t> units;  // ascending; never empty
  bool partial = false;              // nothing rests on absence
  bool unrendered_charts = false;    // pods of a chart may be in it
};

// A resource that several units define with different content, none in one mesh with another. Places are in
// units, by path of the unit.
struct AlternativeResource {
  std::vector<PlanPlace> definitions;
};

// A file that the kustomization of its folder, or of one above, does not list (MTLS0903). In no mesh.
struct UnlistedFile {
  std::uint32_t unit = 0;
  std::uint32_t kustomization = 0;  // index into PlanInput::kustomizations
};

enum class UnseenKind : std::uint8_t {
  HelmRelease,
  Chart,
  OtherRepository,
  MissingPath,
  UnknownPath,  // it holds a variable
  Generator
};

// A deployment that brings what is not seen (MTLS0901, hint on the document's name).
struct UnseenDeployment {
  PlanPlace place;  // in PlanInput::files
  UnseenKind kind = UnseenKind::HelmRelease;
};

struct MeshPlan {
  std::vector<PlannedMesh> meshes;  // sorted by name
  std::vector<AlternativeResource> alternatives;
  std::vector<UnlistedFile> unlisted;
  std::vector<UnseenDeployment> unseen;
  std::vector<std::uint32_t> left_out;  // units in no mesh, unlisted and refused ones among them; ascending
  std::size_t comparisons = 0;          // of resources, for tests of linear work
  bool charts_apart = false;  // charts are in meshes of their own, since their namespaces are not known
};

// While nothing contradicts, the cost is linear in the resources: one look-up in a table each.
MeshPlan plan_meshes(const PlanInput& input, const std::vector<PlanUnit>& units);

// Tells whether an edit of one unit can change the plan, so that most edits need no new one. Knows how often
// each resource is defined and nothing else.
class PlanIndex {
 public:
  PlanIndex() = default;
  // Costs what the units are large. `requests`: what plan_builds() gave.
  PlanIndex(const PlanInput& input, const std::vector<BuildRequest>& requests,
            const std::vector<PlanUnit>& units);

  // Takes over that a unit says something else; null: it was not there, or is no longer. Reports whether the
  // meshes must be planned anew: the unit comes or goes; a resource that another unit defines too changed,
  // moved, came or went; or a deployment did. `default_namespace`: of a build the request's, where that has
  // one; else the input's. Costs what the two facts do not share.
  bool replace(const FileFacts* before, const FileFacts* after, std::string_view default_namespace);

  // Reports whether an edit of one file, which may be part of builds only, can change which builds there are:
  // one of its deployments changed, or a ConfigMap that builds may take values from.
  [[nodiscard]] bool changes_builds(const FileFacts* before, const FileFacts* after) const {
    return may_change_builds(before, after, substitutes_);
  }
  // The same where it is not known which builds there are. `substitutes`: some may take values.
  static bool may_change_builds(const FileFacts* before, const FileFacts* after, bool substitutes = true);

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> definitions_;  // by the identity's hash
  bool substitutes_ = false;                                      // some build takes values from ConfigMaps
};

}  // namespace workspace
