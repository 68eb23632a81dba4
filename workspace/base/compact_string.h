// An immutable string for what is kept by the hundred thousand: half the size of a std::string, and as that
// without an allocation up to 15 bytes. Longer ones are allocated to the byte, and shared by their copies; as
// with other values, different threads may hold different copies.
#pragma once

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace workspace {

class CompactString {
 public:
  CompactString() = default;
  // At most 4 GiB. This and the conversions below are implicit, since they mean the same.
  CompactString(std::string_view text) {
    if (text.size() <= kMaxInside) {
      text.copy(bytes_.data(), text.size());
      bytes_[kTag] = static_cast<char>(text.size());
    } else {
      allocate(text);
    }
  }
  CompactString(const char* text) : CompactString(std::string_view(text)) {}
  CompactString(const std::string& text) : CompactString(std::string_view(text)) {}
  CompactString(const CompactString& other) : bytes_(other.bytes_) {
    if (is_outside()) outside()->holders.fetch_add(1, std::memory_order_relaxed);
  }
  CompactString(CompactString&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  CompactString& operator=(CompactString other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~CompactString() {
    if (is_outside() && outside()->holders.fetch_sub(1, std::memory_order_acq_rel) == 1)
      ::operator delete(outside());
  }

  // Both hold until the string is assigned to, moved from or gone.
  [[nodiscard]] const char* data() const { return is_outside() ? outside()->text() : bytes_.data(); }
  operator std::string_view() const { return {data(), size()}; }

  [[nodiscard]] std::size_t size() const {
    if (!is_outside()) return static_cast<std::size_t>(bytes_[kTag]);
    std::uint32_t size = 0;
    std::memcpy(&size, bytes_.data() + sizeof(Outside*), sizeof size);
    return size;
  }
  [[nodiscard]] bool empty() const { return bytes_[kTag] == 0; }
  [[nodiscard]] std::string_view view() const { return *this; }
  [[nodiscard]] std::string str() const { return std::string(view()); }

  friend bool operator==(const CompactString& a, const CompactString& b) { return a.view() == b.view(); }
  friend bool operator==(const CompactString& a, std::string_view b) { return a.view() == b; }
  friend bool operator==(const CompactString& a, const std::string& b) { return a.view() == b; }
  friend bool operator==(const CompactString& a, const char* b) { return a.view() == b; }
  friend std::strong_ordering operator<=>(const CompactString& a, const CompactString& b) {
    return a.view() <=> b.view();
  }
  friend std::strong_ordering operator<=>(const CompactString& a, std::string_view b) {
    return a.view() <=> b;
  }
  friend std::strong_ordering operator<=>(const CompactString& a, const std::string& b) {
    return a.view() <=> std::string_view(b);
  }

 private:
  static constexpr std::size_t kTag = 15;  // what is here: the size, or that the bytes are elsewhere
  static constexpr std::size_t kMaxInside = 15;
  static constexpr char kOutside = 127;

  [[nodiscard]] bool is_outside() const { return bytes_[kTag] == kOutside; }
  // Before a text that is elsewhere.
  struct Outside {
    std::atomic<std::uint32_t> holders{1};
    [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  };
  [[nodiscard]] Outside* outside() const {
    Outside* outside = nullptr;
    std::memcpy(&outside, bytes_.data(), sizeof outside);
    return outside;
  }
  void allocate(std::string_view text) {
    Outside* copy = ::new (::operator new(sizeof(Outside) + text.size())) Outside;
    text.copy(copy->text(), text.size());
    const auto size = static_cast<std::uint32_t>(text.size());
    std::memcpy(bytes_.data(), &copy, sizeof copy);
    std::memcpy(bytes_.data() + sizeof copy, &size, sizeof size);
    bytes_[kTag] = kOutside;
  }

  // The text itself, or a pointer to it and its size.
  alignas(Outside*) std::array<char, 16> bytes_{};
};

inline std::string operator+(std::string a, const CompactString& b) { return std::move(a.append(b.view())); }
inline std::string operator+(const CompactString& a, std::string_view b) { return a.str().append(b); }

}  // namespace workspace

template <>
struct std::hash<workspace::CompactString> {
  std::size_t operator()(const workspace::CompactString& text) const {
    return std::hash<std::string_view>()(text);
  }
};

template <>
struct fmt::formatter<workspace::CompactString> : fmt::formatter<std::string_view> {
  auto format(const workspace::CompactString& text, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(text.view(), context);
  }
};
