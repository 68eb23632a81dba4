#include "workspace/cluster/snapshot_file.h"

#include <cstdint>
#include <utility>

namespace workspace {

Result<std::shared_ptr<const Snapshot>> read_snapshot_file(const FileSystem& files, const std::string& path,
                                                           const std::string& name) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;
  Result<std::string> text = files.read(path, kMostBytes);
  if (!text) return text.error();
  return read_snapshot(name, std::move(*text));
}

}  // namespace workspace
