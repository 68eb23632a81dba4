// UTF-8, strictly: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace workspace::utf8 {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Length of the well-formed sequence at `at` (inside the text), and its code point; 0 if there is none.
std::uint32_t decode(std::string_view text, std::size_t at, std::uint32_t& code_point);

// Appends a code point, which is one that can be encoded: no surrogate, and at most U+10FFFF.
void append(std::string& text, std::uint32_t code_point);

// Reports whether all of the text is well-formed.
bool is_valid(std::string_view text);

}  // namespace workspace::utf8
