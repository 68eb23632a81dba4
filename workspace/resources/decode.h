// What decoders share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "workspace/base/compact_string.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// IntOrString: monostate: absent; a port's number; or its name.
using PortRef = std::variant<std::monostate, std::uint32_t, CompactString>;

// Decimal digits and nothing else.
std::optional<std::uint32_t> decode_number(std::string_view text);
// Only an unquoted number is one; a quoted one is a (then unknown) name.
PortRef decode_port_ref(const yaml::Value& value);
// A scalar's text and place; an empty text at no place for all else.
Located<CompactString> decode_located(const yaml::Value& value);
inline bool is_true(const yaml::Value& value) { return value.text() == "true"; }

}  // namespace workspace
