#include "workspace/mesh/node_table.h"

#include <utility>

namespace workspace {

namespace {

constexpr std::size_t kFewestChains = 16;

std::uint32_t hash_of(const ResourceId& id) { return static_cast<std::uint32_t>(ResourceIdHash()(id)); }

void prepend(std::unique_ptr<ResourceNode>& chain, std::unique_ptr<ResourceNode> node) {
  node->next = std::move(chain);
  chain = std::move(node);
}

}  // namespace

NodeTable::NodeTable() : chains_(kFewestChains) {}

// One after the other: names made to fall into one chain would else take the stack.
NodeTable::~NodeTable() {
  for (Chain& chain : chains_) {
    while (chain != nullptr) chain = std::exchange(chain->next, nullptr);
  }
}

ResourceNode* NodeTable::find(const ResourceId& id) const {
  const std::uint32_t hash = hash_of(id);
  ResourceNode* node = chains_[chain_of(hash)].get();
  while (node != nullptr && (node->id_hash != hash || node->id != id)) node = node->next.get();
  return node;
}

void NodeTable::insert(std::unique_ptr<ResourceNode> node) {
  if (size_ == chains_.size()) grow();
  ++size_;
  node->id_hash = hash_of(node->id);
  Chain& chain = chains_[chain_of(node->id_hash)];
  prepend(chain, std::move(node));
}

std::unique_ptr<ResourceNode> NodeTable::extract(const ResourceNode& node) {
  Chain* at = &chains_[chain_of(node.id_hash)];
  while (at->get() != &node) at = &(*at)->next;
  std::unique_ptr<ResourceNode> extracted = std::move(*at);
  *at = std::move(extracted->next);
  --size_;
  return extracted;
}

void NodeTable::grow() {
  std::vector<Chain> old = std::exchange(chains_, std::vector<Chain>(2 * chains_.size()));
  for (Chain& chain : old) {
    while (chain != nullptr) {
      std::unique_ptr<ResourceNode> node = std::move(chain);
      chain = std::move(node->next);
      Chain& longer = chains_[chain_of(node->id_hash)];
      prepend(longer, std::move(node));
    }
  }
}

}  // namespace workspace
