// Base64 (RFC 4648, section 4). Pure.
#pragma once

#include <string>
#include <string_view>

namespace workspace {

// Standard alphabet, padded, on one line.
std::string base64(std::string_view bytes);

}  // namespace workspace
