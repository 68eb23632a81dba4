// Writes new texts over files, all or none.
//
// Every new text is first written beside its file and brought to the disk; only then are the files renamed
// over, so that a full disk or a read-only folder leaves everything as it was. A symlink stays one: the file
// that it leads to is replaced. Mode, owner, access control lists and extended attributes are kept, or the
// file is refused; so is one that has other names (hard links), which would keep the old text. Works on the
// real disk only.
#pragma once

#include <cstddef>
#include <functional>
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

struct NotReplaced {
  Error why;
  std::vector<std::string> changed;  // what could not be put back and holds its new text; mostly none
};

// None: done. Gives up once `interrupted` (may be empty) says so, unless the files are being renamed already.
std::optional<NotReplaced> replace_files(const std::vector<Replacement>& replacements,
                                         const std::function<bool()>& interrupted = {});

// Removes from a folder the new texts of this user that a process left there that was killed meanwhile.
// Returns how many. Where the process runs elsewhere, on the same disk, it fails and changes nothing.
std::size_t remove_leftovers(const std::string& folder);

}  // namespace workspace
