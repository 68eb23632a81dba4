// Writes new texts over files, all or none.
//
// Every new text is first written beside its file and brought to the disk; only then are the files renamed
// over, so that a full disk or a read-only folder leaves everything as it was. A symlink stays one: the file
// that it leads to is replaced. Mode and owner are kept; hard links part. Works on the real disk only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workspace/base/result.h"

namespace workspace {

struct Replacement {
  std::string path;                           // absolute
  std::shared_ptr<const std::string> before;  // refuses if the file does not hold this any more
  std::shared_ptr<const std::string> after;
};

// None: done.
std::optional<Error> replace_files(const std::vector<Replacement>& replacements);

}  // namespace workspace
