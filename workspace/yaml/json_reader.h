// Reads JSON documents: large ones at the speed of their bytes, and what YAML readers refuse of them.
//
// Accepts RFC 8259 with comments (`//`, `/* */`) and trailing commas, as editors' JSON has them; surrogate
// pairs are joined. The tree is that of the YAML readers: strings are double-quoted scalars, everything else
// plain ones, collections are in flow style. Ranges are byte offsets of the text handed in. Memory: a node
// costs some 60 bytes, and there are at most as many as make ten times the text's size: one for each 10 bytes
// of it, while `kubectl get -o json` takes 20 and more. Pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "workspace/yaml/read_limits.h"
#include "workspace/yaml/tree.h"

namespace workspace::yaml {

// Reports whether the first character of content, after a byte order mark, white space and comments, opens a
// mapping. A document that begins otherwise is no manifest in JSON.
bool begins_as_json(std::string_view text);

// None: not JSON, invalid UTF-8, or beyond the limits; the YAML reader then says what is wrong with it.
std::optional<Document> read_json(std::string_view text, const ReadLimits& limits);

// The end of the first complete value of a text that begins_as_json: past its closing brace. None: it does
// not close.
std::optional<std::uint32_t> json_value_end(std::string_view text);

// The number that four hexadecimal digits at an offset stand for, as behind `\u`; none: there are not four.
std::optional<std::uint32_t> json_hex4(std::string_view text, std::size_t at);

}  // namespace workspace::yaml
