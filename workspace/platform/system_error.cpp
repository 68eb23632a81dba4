#include "workspace/platform/system_error.h"

#include <fmt/format.h>

#include <system_error>

namespace workspace {

Error system_error(const std::string& path, std::string_view action, int code) {
  return Error{fmt::format("{}: cannot {}: {}", path, action, std::generic_category().message(code))};
}

}  // namespace workspace
