#include "lsp/protocol/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace lsp::protocol {

const Json* optional_field(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto field = object.find(key);
  return field == object.end() || field->is_null() ? nullptr : &*field;
}

const Json& required(const Json& object, const char* key) {
  if (const Json* field = optional_field(object, key)) return *field;
  throw InvalidParams(fmt::format("'{}' is missing", key));
}

const Json& required_array(const Json& object, const char* key) {
  const Json& field = required(object, key);
  if (!field.is_array()) throw InvalidParams(fmt::format("'{}' must be an array", key));
  return field;
}

std::string required_string(const Json& object, const char* key) {
  const Json& field = required(object, key);
  if (!field.is_string()) throw InvalidParams(fmt::format("'{}' must be a string", key));
  return field.get<std::string>();
}

std::optional<std::string> optional_string(const Json& object, const char* key) {
  const Json* field = optional_field(object, key);
  if (field == nullptr || !field->is_string()) return std::nullopt;
  return field->get<std::string>();
}

std::int64_t required_integer(const Json& object, const char* key) {
  const Json& field = required(object, key);
  if (field.is_number_unsigned()) {
    constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(field.get<std::uint64_t>(), kLargest));
  }
  // Clients whose only numbers are floating-point print whole ones as 2.0.
  if (field.is_number_float()) {
    constexpr double kLargestWhole = 9007199254740992.0;  // 2^53
    const double value = field.get<double>();
    if (value == std::trunc(value) && std::abs(value) <= kLargestWhole)
      return static_cast<std::int64_t>(value);
  }
  if (!field.is_number_integer()) throw InvalidParams(fmt::format("'{}' must be an integer", key));
  return field.get<std::int64_t>();
}

std::uint32_t required_uinteger(const Json& object, const char* key) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(required_integer(object, key), 0, kLargest));
}

const Json* descend(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* key : path) {
    at = optional_field(*at, key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool flag(const Json& object, std::initializer_list<const char*> path) {
  const Json* found = descend(object, path);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

}  // namespace lsp::protocol
