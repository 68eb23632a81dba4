#include "checks/engine/overlay.h"

#include <algorithm>
#include <utility>

namespace checks {

namespace {

using workspace::FileFacts;
using workspace::SnapshotObject;

// The cluster's own paths come after those of all files, so a file's definition is the first.
bool is_in_file(const workspace::Mesh& mesh, const workspace::ResourceId& id) {
  const workspace::ResourceNode* node = mesh.find(id);
  return node != nullptr &&
         !workspace::is_cluster_path(node->definitions.front().document->file->path.view());
}

bool have_same_documents(const FileFacts& a, const FileFacts& b) {
  return std::equal(a.documents.begin(), a.documents.end(), b.documents.begin(), b.documents.end(),
                    [](const workspace::DocumentState& x, const workspace::DocumentState& y) {
                      return x.facts == y.facts;
                    });
}

}  // namespace

void Overlay::note(const workspace::FileEntry* file) {
  if (!is_laid_ || file == nullptr) return;
  for (const auto& document : file->documents) {
    for (const workspace::ResourceNode* node : document->resources) {
      cluster_->index.find(
          node->id, [this](std::uint32_t object) { noted_.insert(object / workspace::kObjectsInPart); });
    }
  }
}

void Overlay::lay_below(workspace::Mesh& mesh) {
  if (!std::exchange(is_laid_, true)) {
    const std::size_t objects = cluster_->objects.size();
    for (std::size_t part = 0; part * workspace::kObjectsInPart < objects; ++part) put_part(mesh, part);
    return;
  }
  for (const std::size_t part : std::exchange(noted_, {})) put_part(mesh, part);
}

void Overlay::put_part(workspace::Mesh& mesh, std::size_t part) const {
  const std::size_t first = part * workspace::kObjectsInPart;
  const std::size_t end = std::min(first + workspace::kObjectsInPart, cluster_->objects.size());
  auto facts = std::make_shared<FileFacts>();
  facts->text_size = static_cast<std::uint32_t>(cluster_->text->size());
  facts->documents.reserve(end - first);
  for (std::size_t i = first; i < end; ++i) {
    const SnapshotObject& object = cluster_->objects[i];
    if (is_in_file(mesh, object.id)) continue;
    if (object.controller && is_in_file(mesh, *object.controller)) continue;
    facts->documents.push_back(object.document);
  }
  const std::string path = workspace::cluster_path(cluster_->header.context, part);
  const workspace::FileEntry* present = mesh.file(path);
  if (present != nullptr && have_same_documents(*present->facts, *facts)) return;
  mesh.put(workspace::CompactString(path), std::move(facts));
}

}  // namespace checks
