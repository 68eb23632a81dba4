#include "cli/given_paths.h"

#include <algorithm>

#include "workspace/base/result.h"
#include "workspace/base/uri.h"

namespace cli {

GivenPaths::GivenPaths(const workspace::FileSystem& files, const std::vector<std::string>& paths)
    : files_(files) {
  for (const std::string& path : paths) {
    if (const workspace::Result<std::string> resolved = files.resolve(path)) roots_.push_back(*resolved);
  }
}

bool GivenPaths::hold(const std::string& path) {
  const auto [known, is_new] = known_.try_emplace(path, false);
  if (!is_new) return known->second;
  const workspace::Result<std::string> resolved = files_.resolve(path);
  known->second = resolved && std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) {
                    return workspace::is_below(*resolved, root);
                  });
  return known->second;
}

}  // namespace cli
