// JSON as it is printed: on one line, keys in the order they were written, pure text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace checks {

// Text that is not UTF-8 is replaced; control characters, those of the second set (U+007F to U+009F)
// included, are escaped, so that none reaches a terminal. Costs one pass.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace checks
