// JSON values of the command line's formats. Keys keep the order in which they are written; text that is not
// UTF-8 is replaced, never refused; control characters are escaped.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "checks/json/json_text.h"
#include "cli/source_files.h"

namespace cli {

using Json = nlohmann::ordered_json;

inline std::string compact(const Json& value) { return checks::json_text(value); }

inline Json json_of(TextPosition at) { return {{"line", at.line}, {"column", at.column}}; }
inline Json json_of(const PositionRange& range) {
  return {{"start", json_of(range.start)}, {"end", json_of(range.end)}};
}

}  // namespace cli
