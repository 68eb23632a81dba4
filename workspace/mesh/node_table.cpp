#include "workspace/mesh/node_table.h"

#include <utility>

namespace workspace {

namespace {

constexpr std::size_t kFewestChains = 16;

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

std::size_t NodeTable::chain_of(const ResourceId& id) const {
  return ResourceIdHash()(id) & (chains_.size() - 1);
}

ResourceNode* NodeTable::find(const ResourceId& id) const {
  ResourceNode* node = chains_[chain_of(id)].get();
  while (node != nullptr && node->id != id) node = node->next.get();
  return node;
}

void NodeTable::insert(std::unique_ptr<ResourceNode> node) {
  if (size_ == chains_.size()) grow();
  ++size_;
  Chain& chain = chains_[chain_of(node->id)];
  prepend(chain, std::move(node));
}

std::unique_ptr<ResourceNode> NodeTable::extract(const ResourceNode& node) {
  Chain* at = &chains_[chain_of(node.id)];
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
      Chain& longer = chains_[chain_of(node->id)];
      prepend(longer, std::move(node));
    }
  }
}

}  // namespace workspace
