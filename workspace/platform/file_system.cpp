#include "workspace/platform/file_system.h"

namespace workspace {

Result<std::string_view> FileSystem::read_into(std::string& buffer, const std::string& path,
                                               std::uint64_t max_bytes) const {
  Result<std::string> text = read(path, max_bytes);
  if (!text) return text.error();
  buffer = std::move(*text);
  return std::string_view(buffer);
}

}  // namespace workspace
