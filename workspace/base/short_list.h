// A list that mostly holds one: that lies inside, more of them elsewhere. T{} stands for none and is no
// element.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "workspace/base/compact_list.h"

namespace workspace {

// Iterators and references hold until the list changes.
template <class T>
class ShortList {
 public:
  using value_type = T;

  ShortList() = default;
  // So many places, each to be filled before the list is looked at.
  explicit ShortList(std::size_t count) {
    if (count > 1) more_ = CompactList<T>(std::vector<T>(count));
  }

  [[nodiscard]] T* begin() { return more_.empty() ? &one_ : more_.begin(); }
  [[nodiscard]] T* end() { return begin() + size(); }
  [[nodiscard]] const T* begin() const { return more_.empty() ? &one_ : more_.begin(); }
  [[nodiscard]] const T* end() const { return begin() + size(); }
  [[nodiscard]] std::size_t size() const { return more_.empty() ? has_one() : more_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  T& operator[](std::size_t i) { return begin()[i]; }
  const T& operator[](std::size_t i) const { return begin()[i]; }
  T& front() { return *begin(); }
  [[nodiscard]] const T& front() const { return *begin(); }

  void push_back(T value) { insert(end(), std::move(value)); }
  void insert(const T* at, T value) {
    const auto index = at - begin();
    if (empty()) {
      one_ = std::move(value);
      return;
    }
    if (has_one()) more_.push_back(std::exchange(one_, T{}));
    more_.insert(more_.begin() + index, std::move(value));
  }
  void erase(const T* at) {
    if (has_one()) {
      one_ = T{};
    } else {
      more_.erase(at);
    }
  }

 private:
  [[nodiscard]] bool has_one() const { return !(one_ == T{}); }

  T one_{};              // none: they are elsewhere
  CompactList<T> more_;  // empty: it is inside
};

}  // namespace workspace
