#include "checks/queries/mesh_contents.h"

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "workspace/cluster/snapshot.h"
#include "workspace/resources/kinds.h"

namespace checks {
namespace {

using workspace::KindRole;

void count(const workspace::PolicyGraph& graph, const workspace::ResourceNode& node, MeshContents& into) {
  switch (workspace::role_of(node.id.kind)) {
    case KindRole::Service:
      ++into.services;
      return;
    case KindRole::Workload: {
      ++into.workloads;
      const workspace::NamespaceNode* ns = graph.find_namespace(node.id.ns);
      const bool is_outside =
          ns != nullptr && workspace::is_outside(
                               graph.proxy_of(*ns, static_cast<const workspace::WorkloadNode*>(&node)).proxy);
      into.outside += is_outside ? 1 : 0;
      return;
    }
    default:
      into.policies += node.id.kind == workspace::Kind::PeerAuthentication ? 1 : 0;
      into.rules += node.id.kind == workspace::Kind::DestinationRule ? 1 : 0;
  }
}

// Files and builds that resources are written in.
class Origins {
 public:
  void add(const workspace::ResourceNode& node) {
    for (const workspace::Definition& definition : node.definitions) {
      const workspace::FileEntry& file = *definition.document->file;
      if (last_ == &file) continue;
      last_ = &file;
      if (file.facts->origin != nullptr) {
        builds_.insert(file.facts->origin->name());
      } else if (!workspace::is_cluster_path(file.path)) {
        files_.insert(file.path);
      }
    }
  }

  void tell(MeshContents& into) const {
    into.files = files_.size();
    into.builds.assign(builds_.begin(), builds_.end());
  }

 private:
  const workspace::FileEntry* last_ = nullptr;
  std::unordered_set<std::string_view> files_;
  std::set<std::string> builds_;
};

}  // namespace

MeshContents contents_of(std::span<const MeshView> meshes) {
  MeshContents contents;
  std::unordered_set<std::string> counted;
  Origins origins;
  for (const MeshView& view : meshes) {
    view.mesh.for_each_resource([&](const workspace::ResourceNode& node) {
      if (meshes.size() > 1 && !counted.insert(to_string(node.id)).second) return;
      count(view.mesh.graph(), node, contents);
      origins.add(node);
    });
  }
  origins.tell(contents);
  return contents;
}

}  // namespace checks
