// A manifest that somebody wants read, and what that may cost.
#pragma once

#include <string>

#include "workspace/config/limits.h"

namespace workspace {

struct ReadRequest {
  std::string path;
  workspace::Limits limits;
};

}  // namespace workspace
