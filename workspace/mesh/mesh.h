// One mesh: its files, which definition of a resource counts, the settings that took effect, and the policy
// graph over them. Everything here is derived from immutable FileFacts, which several meshes may share. One
// thread.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/base/path_map.h"
#include "workspace/cluster/running_ages.h"
#include "workspace/config/settings.h"
#include "workspace/mesh/graph_nodes.h"
#include "workspace/mesh/node_table.h"
#include "workspace/mesh/policy_graph.h"

namespace workspace {

struct MeshDelta {
  std::vector<ResourceNode*> changed;  // to be checked again
  std::vector<ResourceNode*> eased;    // these too; their errors can only be fewer
  std::vector<ResourceNode*> moved;    // of `changed`: may stand before or behind others that they followed
  std::vector<std::unique_ptr<ResourceNode>> removed;  // gone; kept until the receiver has forgotten them
  bool rebuilt = false;                                // settings changed: `changed` is everything
};

class Mesh {
 public:
  // `ages`: of the cluster that it is laid over; null: it is laid over none, and what is written counts.
  explicit Mesh(Settings settings, std::shared_ptr<const RunningAges> ages = nullptr);
  ~Mesh();

  // Replaces what a file says (null: the file is not part of the mesh any more). Takes effect at commit().
  void put(const CompactString& path, std::shared_ptr<const FileFacts> facts);
  // Replaces what one document of a file says, for a trial: the file's facts stay as they are, and must be
  // true again before anything is shown. The document must have resources, before and after.
  void replace_document(std::string_view path, std::uint32_t ordinal, RefPtr<DocumentFacts> facts);
  // Brings the graph up to date with all that was put.
  MeshDelta commit();
  // The same, but the settings in effect stay as they are (`is_outdated`): others cost what the mesh is
  // large.
  MeshDelta commit_within_settings();
  [[nodiscard]] bool is_outdated() const { return effective_settings() != graph_->settings(); }

  [[nodiscard]] const PolicyGraph& graph() const { return *graph_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const PathMap<FileEntry>& files() const { return files_; }
  [[nodiscard]] const FileEntry* file(std::string_view path) const { return files_.find(path); }
  // The builds that have values from a file, by path.
  [[nodiscard]] std::span<const FileEntry* const> builds_from(std::string_view file) const;
  // Whether the file is part of the mesh, or a build that has values from it is.
  [[nodiscard]] bool holds(std::string_view file) const;
  // The `apiVersion` that most networking.istio.io resources have; none if there are none.
  [[nodiscard]] std::optional<std::string> usual_networking_version() const;
  // Whether a resource of that name is defined.
  [[nodiscard]] bool defines(const ResourceId& id) const { return find(id) != nullptr; }
  // The resource of that name; null: none.
  [[nodiscard]] const ResourceNode* find(const ResourceId& id) const { return nodes_.find(id); }
  // Calls f(const ResourceNode&) for each resource, in no order.
  template <class F>
  void for_each_resource(const F& f) const {
    nodes_.for_each(f);
  }

 private:
  void note_sources(const FileEntry& file);
  void forget_sources(const FileEntry& file);
  // To a file that has none.
  void add_documents(FileEntry& file, const CompactList<DocumentState>& documents);
  void replace_documents(FileEntry& file, const CompactList<DocumentState>& fresh);
  using Documents = CompactList<std::unique_ptr<DocumentEntry>>;
  void replace_entries(Documents& old, std::size_t old_begin, std::size_t old_end, const Documents& fresh,
                       std::size_t begin, std::size_t end);
  void define_all(DocumentEntry& document);
  void define(const Definition& definition);
  void undefine(const Definition& definition);
  void redefine(ResourceNode& node, const Definition& from, const Definition& to);
  void insert_definition(ResourceNode& node, const Definition& definition);
  void withdraw(ResourceNode& node);
  void install(ResourceNode& node);
  void date(ResourceNode& node) const;
  [[nodiscard]] ResourceId id_of(const Resource& resource) const;
  void count_version(const Resource& resource, int by);
  [[nodiscard]] EffectiveSettings effective_settings() const;
  void rebuild(EffectiveSettings settings);
  MeshDelta flush(bool rebuilt);

  Settings settings_;
  std::shared_ptr<const RunningAges> ages_;
  PathMap<FileEntry> files_;
  std::map<std::string, std::vector<const FileEntry*>, std::less<>> builds_;  // by source, each by path
  NodeTable nodes_;
  std::unordered_map<const ResourceNode*, std::unique_ptr<ResourceNode>>
      anonymous_;  // never copies of each other
  std::vector<ResourceNode*> mesh_configs_;
  std::array<int, 4> networking_versions_{};  // how many resources have each
  std::vector<ResourceNode*> moved_;
  std::vector<std::unique_ptr<ResourceNode>> removed_;
  std::vector<std::unique_ptr<DocumentEntry>> retired_;  // outlive the graph's last look at them
  std::vector<std::unique_ptr<FileEntry>> retired_files_;
  std::unique_ptr<PolicyGraph> graph_;
};

}  // namespace workspace
