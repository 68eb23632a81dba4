// Which meshes have to do with a file, for workspaces of many meshes: the cost of an edit does not grow with
// the meshes that do not know its file. Of a few, each is asked; and where meshes are laid over clusters,
// which they hold by themselves. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checks/engine/mesh_state.h"
#include "workspace/sources/file_facts.h"

namespace checks {

class MeshIndex {
 public:
  using Meshes = std::vector<std::unique_ptr<MeshState>>;

  // Begins anew with meshes that hold nothing yet. They must outlive this, at their place.
  void reset(const Meshes& meshes);

  // Calls f(MeshState&), in the order of the meshes, for each that the file or build is part of.
  template <class F>
  void for_each_containing(std::string_view path, const F& f) const {
    if (!is_many_) {
      for (MeshState* mesh : meshes_) {
        if (mesh->contains(path)) f(*mesh);
      }
      return;
    }
    for (const std::uint32_t index : candidates(path)) {
      if (meshes_[index]->contains(path)) f(*meshes_[index]);
    }
  }

  // The same for each that may hold the file, or a build made of it. Those that do are among them.
  template <class F>
  void for_each_holding(std::string_view file, const F& f) const {
    if (!is_many_) {
      for (MeshState* mesh : meshes_) f(*mesh);
      return;
    }
    const auto known = held_.find(file);
    if (known == held_.end()) return;
    for (const Held& held : known->second) f(*meshes_[held.mesh]);
  }

  // To be told what each mesh that the path is part of is given, null being nothing.
  void replace(std::string_view path, const workspace::FileFacts* before, const workspace::FileFacts* after);

 private:
  struct Held {
    std::uint32_t mesh = 0;
    std::uint32_t times = 0;  // by itself, and by builds
  };
  [[nodiscard]] std::vector<std::uint32_t> candidates(std::string_view path) const;
  void change(std::string_view file, const std::vector<std::uint32_t>& meshes, bool add);

  std::vector<MeshState*> meshes_;
  bool is_many_ = false;
  // Empty where the meshes are few. Ascending.
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> named_;  // by the members' paths
  std::vector<std::uint32_t> unnamed_;                                      // that do not name their members
  std::unordered_map<std::string, std::vector<Held>, MeshMembers::Hash, std::equal_to<>> held_;
};

}  // namespace checks
