// An optional value that lives elsewhere: costs its holder a pointer where there is none. Compares and copies
// as the value does.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <utility>

namespace workspace {

template <class T>
class OptionalPtr {
 public:
  OptionalPtr() = default;
  OptionalPtr(std::nullopt_t) {}
  OptionalPtr(T value) : value_(std::make_unique<T>(std::move(value))) {}
  OptionalPtr(const OptionalPtr& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  OptionalPtr(OptionalPtr&&) noexcept = default;
  OptionalPtr& operator=(OptionalPtr other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~OptionalPtr() = default;

  explicit operator bool() const { return value_ != nullptr; }
  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  // Null: there is none.
  [[nodiscard]] const T* get() const { return value_.get(); }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

  friend bool operator==(const OptionalPtr& a, const OptionalPtr& b) {
    return a && b ? *a == *b : a.has_value() == b.has_value();
  }
  // None comes first, as with std::optional.
  friend auto operator<=>(const OptionalPtr& a, const OptionalPtr& b) requires std::three_way_comparable<T> {
    return a && b ? *a <=> *b : static_cast<std::strong_ordering>(a.has_value() <=> b.has_value());
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace workspace
