// Lists of paths that many builds have in common. Immutable; safe on any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace workspace {

// Where it may be null, that is said.
using SharedPaths = std::shared_ptr<const std::vector<std::string>>;

inline SharedPaths no_paths() {
  static const SharedPaths kNone = std::make_shared<const std::vector<std::string>>();
  return kNone;
}

}  // namespace workspace
