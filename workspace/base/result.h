// Result<T>: a value or an Error with context (C++20 has no std::expected). Used at boundaries: files,
// configuration, YAML, the wire. Bad YAML in a manifest is data (file_facts.h), not an Error.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace workspace {

// One sentence without a final full stop, naming the place ("file:line:column: …") where one is known.
struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor): reads as a return
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& operator*() { return std::get<T>(state_); }
  const T& operator*() const { return std::get<T>(state_); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  [[nodiscard]] const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace workspace
