// Lists of paths that many builds have in common. Immutable; safe on any thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace workspace {

// Where it may be null, that is said.
using SharedPaths = std::shared_ptr<const std::vector<std::string>>;

inline SharedPaths share(std::vector<std::string> paths) {
  return std::make_shared<const std::vector<std::string>>(std::move(paths));
}

inline SharedPaths no_paths() {
  static const SharedPaths kNone = share({});
  return kNone;
}

}  // namespace workspace
