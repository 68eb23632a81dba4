// A vector for what is kept by the hundred thousand and mostly short: a pointer wide, and without an
// allocation while it is empty. Grows as a vector does, except that the first element takes room for one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace workspace {

// Iterators and references hold until the list grows, as a vector's. At most 2^32 elements.
template <class T>
class CompactList {
 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using const_reference = const T&;
  using iterator = T*;
  using const_iterator = const T*;

  CompactList() = default;
  CompactList(std::initializer_list<T> values) { append(values.begin(), values.end()); }
  template <class Iterator>
  CompactList(Iterator first, Iterator last) {
    append(first, last);
  }
  // To the element: no room is left over.
  CompactList(std::vector<T> values)
      : CompactList(std::make_move_iterator(values.begin()), std::make_move_iterator(values.end())) {}
  CompactList(const CompactList& other) : CompactList(other.begin(), other.end()) {}
  CompactList(CompactList&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  CompactList& operator=(CompactList other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~CompactList() { release(); }

  [[nodiscard]] T* begin() { return block_ == nullptr ? nullptr : elements(block_); }
  [[nodiscard]] T* end() { return begin() + size(); }
  [[nodiscard]] const T* begin() const { return block_ == nullptr ? nullptr : elements(block_); }
  [[nodiscard]] const T* end() const { return begin() + size(); }
  [[nodiscard]] T* data() { return begin(); }
  [[nodiscard]] const T* data() const { return begin(); }
  [[nodiscard]] std::size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  T& operator[](std::size_t i) { return begin()[i]; }
  const T& operator[](std::size_t i) const { return begin()[i]; }
  T& front() { return *begin(); }
  [[nodiscard]] const T& front() const { return *begin(); }
  T& back() { return *(end() - 1); }
  [[nodiscard]] const T& back() const { return *(end() - 1); }

  void reserve(std::size_t count) {
    if (count > capacity()) move_to(allocate(count));
  }
  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    if (size() == capacity()) return emplace_in_larger(std::forward<Arguments>(arguments)...);
    T* made = std::construct_at(end(), std::forward<Arguments>(arguments)...);
    ++block_->size;
    return *made;
  }
  void push_back(const T& value) { emplace_back(value); }
  void push_back(T&& value) { emplace_back(std::move(value)); }
  T* insert(const T* at, T value) {
    const auto index = at - begin();
    emplace_back(std::move(value));
    std::rotate(begin() + index, end() - 1, end());
    return begin() + index;
  }
  void pop_back() {
    std::destroy_at(end() - 1);
    --block_->size;
  }
  T* erase(const T* first, const T* last) {
    T* const to = begin() + (first - begin());
    T* const kept_end = std::move(begin() + (last - begin()), end(), to);
    std::destroy(kept_end, end());
    if (block_ != nullptr) block_->size = static_cast<std::uint32_t>(kept_end - begin());
    return to;
  }
  T* erase(const T* at) { return erase(at, at + 1); }
  void clear() { *this = {}; }

  friend bool operator==(const CompactList& a, const CompactList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  static_assert(std::is_nothrow_move_constructible_v<T>);

  struct Block {
    std::uint32_t size;
    std::uint32_t capacity;
  };
  static_assert(alignof(T) <= sizeof(Block));

  static T* elements(Block* block) { return std::launder(reinterpret_cast<T*>(block + 1)); }

  static Block* allocate(std::size_t capacity) {
    void* memory = ::operator new(sizeof(Block) + capacity * sizeof(T));
    return ::new (memory) Block{0, static_cast<std::uint32_t>(capacity)};
  }
  [[nodiscard]] std::size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }

  template <class Iterator>
  void append(Iterator first, Iterator last) {
    if (first == last) return;
    reserve(static_cast<std::size_t>(std::distance(first, last)));
    for (; first != last; ++first) emplace_back(*first);
  }
  // The new element first: it may be made from one of the old.
  template <class... Arguments>
  T& emplace_in_larger(Arguments&&... arguments) {
    Block* larger = allocate(std::max<std::size_t>(1, 2 * capacity()));
    T* made = nullptr;
    try {
      made =
          std::construct_at(reinterpret_cast<T*>(larger + 1) + size(), std::forward<Arguments>(arguments)...);
    } catch (...) {
      ::operator delete(larger);
      throw;
    }
    move_to(larger);
    ++block_->size;
    return *made;
  }
  void move_to(Block* larger) {
    std::uninitialized_move(begin(), end(), reinterpret_cast<T*>(larger + 1));
    larger->size = static_cast<std::uint32_t>(size());
    release();
    block_ = larger;
  }
  void release() {
    if (block_ == nullptr) return;
    std::destroy(begin(), end());
    ::operator delete(block_);
  }

  Block* block_ = nullptr;  // the elements follow it; null: none
};

// Removes all that equal `value`; says how many.
template <class T>
std::size_t erase(CompactList<T>& list, const T& value) {
  const auto kept_end = std::remove(list.begin(), list.end(), value);
  const auto count = static_cast<std::size_t>(list.end() - kept_end);
  list.erase(kept_end, list.end());
  return count;
}

}  // namespace workspace
