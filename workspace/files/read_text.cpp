#include "workspace/files/read_text.h"

#include <cstdint>

namespace workspace {

Result<std::string_view> read_manifest_text(const FileSystem& files, const ReadRequest& manifest,
                                            std::string& buffer) {
  const auto& [path, limits, takes_snapshot] = manifest;
  Result<std::string_view> text = files.read_into(buffer, path, limits.file_size);
  if (text) return text;
  return Error{why_unread(path, files.status(path), limits, text.error())};
}

Result<std::string> read_config_text(const FileSystem& files, const std::string& path) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 20;
  return files.read(path, kMaxBytes);
}

}  // namespace workspace
