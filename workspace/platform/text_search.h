// The C library's search for a text in a long one, which is faster than the standard library's.
#pragma once

#include <string_view>

namespace workspace {

bool holds_text(std::string_view text, std::string_view part);

}  // namespace workspace
