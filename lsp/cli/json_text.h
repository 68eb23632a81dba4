// JSON values of the command line's formats. Keys keep the order in which they are written; text that is not
// UTF-8 is replaced, never refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lsp::cli {

using Json = nlohmann::ordered_json;

inline std::string compact(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lsp::cli
