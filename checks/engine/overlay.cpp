#include "checks/engine/overlay.h"

#include <algorithm>

namespace checks {

namespace {

// The cluster's own path comes after those of all files, so a file's definition is the first.
bool is_in_file(const workspace::Mesh& mesh, const workspace::ResourceId& id) {
  const workspace::ResourceNode* node = mesh.find(id);
  return node != nullptr &&
         !workspace::is_cluster_path(node->definitions.front().document->file->path.view());
}

}  // namespace

std::shared_ptr<const workspace::FileFacts> running_documents(const workspace::Snapshot& cluster,
                                                              const workspace::Mesh& mesh) {
  auto facts = std::make_shared<workspace::FileFacts>();
  facts->text_size = static_cast<std::uint32_t>(cluster.text->size());
  facts->documents.reserve(cluster.objects.size());
  for (const workspace::SnapshotObject& object : cluster.objects) {
    if (is_in_file(mesh, object.id)) continue;
    if (object.controller && is_in_file(mesh, *object.controller)) continue;
    facts->documents.push_back(object.document);
  }
  return facts;
}

bool are_same(const workspace::FileFacts& a, const workspace::FileFacts& b) {
  return std::equal(a.documents.begin(), a.documents.end(), b.documents.begin(), b.documents.end(),
                    [](const workspace::DocumentState& x, const workspace::DocumentState& y) {
                      return x.facts == y.facts;
                    });
}

}  // namespace checks
