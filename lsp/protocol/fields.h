// Reading the fields of wire objects. What must be there and is not, or has another type, throws
// InvalidParams, which the binder answers with -32602; nothing else throws. nlohmann's own conversions are
// not used for numbers: they wrap.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace lsp::protocol {

using Json = nlohmann::json;

class InvalidParams : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

const Json& required(const Json& object, const char* key);        // throws if missing or no object
const Json* optional_field(const Json& object, const char* key);  // null if missing, null or no object
const Json& required_array(const Json& object, const char* key);
std::string required_string(const Json& object, const char* key);
std::optional<std::string> optional_string(const Json& object, const char* key);
std::int64_t required_integer(const Json& object, const char* key);
std::uint32_t required_uinteger(const Json& object, const char* key);  // larger than 32 bits: the largest

// Lenient reading, for capabilities: whatever is not `true` at the end of the path is false.
bool flag(const Json& object, std::initializer_list<const char*> path);
const Json* descend(const Json& object, std::initializer_list<const char*> path);

}  // namespace lsp::protocol
