// Text inside XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace cli {

// For an attribute or an element, on one line; control characters, which XML cannot hold, are replaced.
std::string xml_text(std::string_view text);

}  // namespace cli
