#include "checks/engine/mesh_index.h"

#include <algorithm>
#include <iterator>

namespace checks {

namespace {

constexpr std::size_t kFew = 8;  // to ask so many costs no more than a look-up

// The sources of a build; of another file nothing.
const std::vector<std::string>& sources_of(const workspace::FileFacts* facts) {
  static const std::vector<std::string> kNone;
  return facts == nullptr || !facts->origin ? kNone : facts->origin->files();
}

}  // namespace

void MeshIndex::reset(const Meshes& meshes) {
  meshes_.clear();
  named_.clear();
  unnamed_.clear();
  held_.clear();
  meshes_.reserve(meshes.size());
  for (const auto& mesh : meshes) meshes_.push_back(mesh.get());
  is_many_ = meshes_.size() > kFew && std::none_of(meshes.begin(), meshes.end(), [](const auto& mesh) {
               return mesh->definition.cluster != nullptr;
             });
  if (!is_many_) return;
  for (std::uint32_t i = 0; i < meshes_.size(); ++i) {
    const MeshMembers* members = meshes_[i]->definition.members.get();
    if (members == nullptr || members->are_left_out) {
      unnamed_.push_back(i);
    } else {
      for (const std::string& path : members->paths) named_[path].push_back(i);
    }
  }
}

std::vector<std::uint32_t> MeshIndex::candidates(std::string_view path) const {
  const auto named = named_.find(path);
  if (named == named_.end()) return unnamed_;
  std::vector<std::uint32_t> all;
  all.reserve(named->second.size() + unnamed_.size());
  std::merge(named->second.begin(), named->second.end(), unnamed_.begin(), unnamed_.end(),
             std::back_inserter(all));
  return all;
}

void MeshIndex::change(std::string_view file, const std::vector<std::uint32_t>& meshes, bool add) {
  auto known = held_.find(file);
  if (known == held_.end()) known = held_.try_emplace(std::string(file)).first;
  std::vector<Held>& held = known->second;
  for (const std::uint32_t mesh : meshes) {
    auto at = std::lower_bound(held.begin(), held.end(), mesh,
                               [](const Held& each, std::uint32_t wanted) { return each.mesh < wanted; });
    if (at == held.end() || at->mesh != mesh) at = held.insert(at, {mesh, 0});
    at->times += add ? 1U : ~0U;
    if (at->times == 0) held.erase(at);
  }
  if (held.empty()) held_.erase(known);
}

void MeshIndex::replace(std::string_view path, const workspace::FileFacts* before,
                        const workspace::FileFacts* after) {
  if (!is_many_) return;
  const bool comes_or_goes = (before == nullptr) != (after == nullptr);
  const std::vector<std::string>& old_sources = sources_of(before);
  const std::vector<std::string>& new_sources = sources_of(after);
  const bool has_other_sources = old_sources != new_sources;
  if (!comes_or_goes && !has_other_sources) return;
  std::vector<std::uint32_t> meshes = candidates(path);
  std::erase_if(meshes, [&](std::uint32_t index) { return !meshes_[index]->contains(path); });
  if (comes_or_goes) change(path, meshes, after != nullptr);
  if (!has_other_sources) return;
  for (const std::string& source : new_sources) change(source, meshes, true);
  for (const std::string& source : old_sources) change(source, meshes, false);
}

}  // namespace checks
