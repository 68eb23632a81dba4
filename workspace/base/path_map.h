// Items by their paths, in order. Each is allocated once and stays where it is; its place in the order takes
// a pointer, of which a std::map takes five. Costs of a change grow with the logarithm of the size, and a
// move of one block of pointers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace workspace {

// An Item has a `path`, which is text and does not change.
template <class Item>
class PathMap {
  using Block = std::vector<std::unique_ptr<Item>>;  // sorted; never empty

 public:
  class Iterator {
   public:
    Iterator(const std::vector<Block>& blocks, std::size_t block, std::size_t item = 0)
        : blocks_(&blocks), block_(block), item_(item) {}
    const Item& operator*() const { return *(*blocks_)[block_][item_]; }
    Iterator& operator++() {
      if (++item_ == (*blocks_)[block_].size()) {
        item_ = 0;
        ++block_;
      }
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const std::vector<Block>* blocks_;
    std::size_t block_;
    std::size_t item_;
  };

  [[nodiscard]] Iterator begin() const { return {blocks_, 0}; }
  [[nodiscard]] Iterator end() const { return {blocks_, blocks_.size()}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // The first item after `path`, whether that is here or not.
  [[nodiscard]] Iterator after(std::string_view path) const {
    const auto block = std::upper_bound(
        blocks_.begin(), blocks_.end(), path,
        [](std::string_view p, const Block& candidate) { return p < candidate.back()->path; });
    if (block == blocks_.end()) return end();
    const auto item = std::upper_bound(
        block->begin(), block->end(), path,
        [](std::string_view p, const std::unique_ptr<Item>& candidate) { return p < candidate->path; });
    return {blocks_, static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(item - block->begin())};
  }

  // Null: there is none of that path.
  [[nodiscard]] Item* find(std::string_view path) const {
    if (comes_last(path)) return nullptr;  // files come in order when a folder is read
    const Block& block = blocks_[block_of(path)];
    const auto at = place_in(block, path);
    return at != block.end() && (*at)->path == path ? at->get() : nullptr;
  }

  // There must be none of its path.
  Item& insert(std::unique_ptr<Item> item) {
    ++size_;
    if (comes_last(item->path)) {
      if (blocks_.empty() || blocks_.back().size() == kMost) blocks_.emplace_back();
      return *blocks_.back().emplace_back(std::move(item));
    }
    std::size_t index = block_of(item->path);
    if (blocks_[index].size() == kMost) index += split(index, item->path);
    Block& block = blocks_[index];
    return **block.insert(place_in(block, item->path), std::move(item));
  }

  // Takes out the item of a path, which there must be.
  std::unique_ptr<Item> extract(std::string_view path) {
    --size_;
    const std::size_t index = block_of(path);
    Block& block = blocks_[index];
    const auto at = place_in(block, path);
    std::unique_ptr<Item> item = std::move(block[static_cast<std::size_t>(at - block.begin())]);
    block.erase(at);
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(index));
    return item;
  }

 private:
  static constexpr std::size_t kMost = 512;

  [[nodiscard]] bool comes_last(std::string_view path) const {
    return blocks_.empty() || blocks_.back().back()->path < path;
  }
  // The first whose last item does not come before `path`; there is one unless that comes last.
  [[nodiscard]] std::size_t block_of(std::string_view path) const {
    const auto at =
        std::lower_bound(blocks_.begin(), blocks_.end(), path,
                         [](const Block& block, std::string_view p) { return block.back()->path < p; });
    return static_cast<std::size_t>(at - blocks_.begin());
  }
  static typename Block::const_iterator place_in(const Block& block, std::string_view path) {
    return std::lower_bound(
        block.begin(), block.end(), path,
        [](const std::unique_ptr<Item>& item, std::string_view p) { return item->path < p; });
  }
  // Halves a block; returns in which half `path` belongs.
  std::size_t split(std::size_t index, std::string_view path) {
    const auto middle = static_cast<std::ptrdiff_t>(kMost / 2);
    Block& full = blocks_[index];
    Block half(std::make_move_iterator(full.begin() + middle), std::make_move_iterator(full.end()));
    full.erase(full.begin() + middle, full.end());
    const bool in_second = full.back()->path < path;
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(half));
    return in_second ? 1 : 0;
  }

  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace workspace
