// A manifest that somebody wants read, and what that may cost.
#pragma once

#include <string>

#include "workspace/limits.h"

namespace lsp {

struct FileToRead {
  std::string path;
  workspace::Limits limits;
};

}  // namespace lsp
