// A request to read a manifest, and the limits that hold for it.
#pragma once

#include <string>

#include "workspace/config/limits.h"

namespace workspace {

struct ReadRequest {
  std::string path;
  Limits limits;
};

}  // namespace workspace
