// The named resources of a mesh, by their names. Owns them; their addresses are stable. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "workspace/mesh/graph_nodes.h"

namespace workspace {

// A hash table whose chains go through the nodes themselves (ResourceNode::next).
class NodeTable {
 public:
  NodeTable();
  ~NodeTable();

  [[nodiscard]] ResourceNode* find(const ResourceId& id) const;  // null: there is none of that name
  // There must be none of its name.
  void insert(std::unique_ptr<ResourceNode> node);
  // Takes out a node that is in it.
  std::unique_ptr<ResourceNode> extract(const ResourceNode& node);

  template <class F>
  void for_each(const F& f) const {
    for (const auto& chain : chains_) {
      for (ResourceNode* node = chain.get(); node != nullptr; node = node->next.get()) f(*node);
    }
  }

 private:
  using Chain = std::unique_ptr<ResourceNode>;

  [[nodiscard]] std::size_t chain_of(std::uint32_t hash) const { return hash & (chains_.size() - 1); }
  void grow();

  std::vector<Chain> chains_;  // their number is a power of two
  std::size_t size_ = 0;
};

}  // namespace workspace
