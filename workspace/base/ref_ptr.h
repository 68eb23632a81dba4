// An immutable value that several hold, or none: a shared_ptr of half the size. Safe to copy and to drop on
// any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace workspace {

// Holds a class.
template <class T>
class RefPtr {
 public:
  RefPtr() = default;
  RefPtr(std::nullptr_t) {}
  explicit RefPtr(T value) : counted_(new Counted(std::move(value))) {}
  RefPtr(const RefPtr& other) : counted_(other.counted_) {
    if (counted_ != nullptr) counted_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  RefPtr(RefPtr&& other) noexcept : counted_(std::exchange(other.counted_, nullptr)) {}
  RefPtr& operator=(RefPtr other) noexcept {
    std::swap(counted_, other.counted_);
    return *this;
  }
  ~RefPtr() {
    if (counted_ != nullptr && counted_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete counted_;
  }

  explicit operator bool() const { return counted_ != nullptr; }
  const T& operator*() const { return *counted_; }
  const T* operator->() const { return counted_; }
  // The same one, not an equal one.
  friend bool operator==(const RefPtr& a, const RefPtr& b) { return a.counted_ == b.counted_; }
  friend bool operator==(const RefPtr& a, std::nullptr_t) { return a.counted_ == nullptr; }

 private:
  // Derived, so that the count lies where the value leaves room at its end.
  struct Counted : T {
    explicit Counted(T value) : T(std::move(value)) {}
    std::atomic<std::uint32_t> holders{1};
  };

  Counted* counted_ = nullptr;
};

}  // namespace workspace
