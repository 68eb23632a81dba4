// One mesh: its files, which definition of a resource counts, the settings that took effect, and the policy
// graph over them. Everything here is derived from immutable FileFacts, which several meshes may share. One
// thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "workspace/graph_nodes.h"
#include "workspace/policy_graph.h"
#include "workspace/settings.h"

namespace workspace {

struct MeshDelta {
  std::vector<ResourceNode*> changed;                  // to be checked again
  std::vector<std::unique_ptr<ResourceNode>> removed;  // gone; kept until the receiver has forgotten them
  bool rebuilt = false;                                // settings changed: `changed` is everything
};

class Mesh {
 public:
  explicit Mesh(Settings settings);
  ~Mesh();

  // Replaces what a file says (null: the file is not part of the mesh any more). Takes effect at commit().
  // `path` is not copied: that of the call that brings a file in must live until the commit after the one
  // that takes it out.
  void put(std::string_view path, std::shared_ptr<const FileFacts> facts);
  // Brings the graph up to date with all that was put.
  MeshDelta commit();

  [[nodiscard]] const PolicyGraph& graph() const { return *graph_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const std::map<std::string_view, FileEntry>& files() const { return files_; }
  [[nodiscard]] const FileEntry* file(std::string_view path) const;
  // The `apiVersion` that most networking.istio.io resources have; none if there are none.
  [[nodiscard]] std::optional<std::string> usual_networking_version() const;
  // Whether a resource of that name is defined.
  [[nodiscard]] bool defines(const ResourceId& id) const { return nodes_.contains(id); }
  // The resource of that name; null: none.
  [[nodiscard]] const ResourceNode* find(const ResourceId& id) const {
    const auto at = nodes_.find(id);
    return at == nodes_.end() ? nullptr : at->get();
  }

 private:
  // Of nodes by their names.
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(const ResourceId& id) const { return ResourceIdHash()(id); }
    std::size_t operator()(const std::unique_ptr<ResourceNode>& node) const { return (*this)(node->id); }
  };
  struct SameName {
    using is_transparent = void;
    static const ResourceId& id(const ResourceId& id) { return id; }
    static const ResourceId& id(const std::unique_ptr<ResourceNode>& node) { return node->id; }
    bool operator()(const auto& a, const auto& b) const { return id(a) == id(b); }
  };
  using Files = std::map<std::string_view, FileEntry>;

  void replace_documents(FileEntry& file, const CompactList<DocumentState>& fresh);
  void replace_middle(FileEntry& file, std::vector<std::unique_ptr<DocumentEntry>>& old, std::size_t head,
                      std::size_t old_end, std::size_t new_end);
  void define(const Definition& definition);
  void undefine(const Definition& definition);
  void redefine(ResourceNode& node, const Definition& from, const Definition& to);
  void insert_definition(ResourceNode& node, const Definition& definition);
  void withdraw(ResourceNode& node);
  void install(ResourceNode& node);
  [[nodiscard]] ResourceId id_of(const Resource& resource) const;
  void count_version(const Resource& resource, int by);
  [[nodiscard]] EffectiveSettings effective_settings() const;
  void rebuild(EffectiveSettings settings);

  Settings settings_;
  Files files_;
  std::unordered_set<std::unique_ptr<ResourceNode>, NameHash, SameName> nodes_;
  std::unordered_map<const ResourceNode*, std::unique_ptr<ResourceNode>>
      nameless_;  // never copies of each other
  std::vector<ResourceNode*> mesh_configs_;
  std::array<int, 4> networking_versions_{};  // how many resources have each
  std::vector<std::unique_ptr<ResourceNode>> removed_;
  std::vector<std::unique_ptr<DocumentEntry>> retired_;  // outlive the graph's last look at them
  std::vector<Files::node_type> retired_files_;
  std::unique_ptr<PolicyGraph> graph_;
};

}  // namespace workspace
