// Applies the fixes that do not weaken encryption, one after another, until none is left. Works on the texts
// of a Project in memory; writes nothing. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cli/project.h"

namespace cli {

// Whether it is a fix that `fix` applies. What weakens encryption is somebody's decision.
inline bool is_applied_by_fix(const checks::Fix& fix) { return fix.preferred && !fix.weakens; }

struct AutoFix {
  // What the changed files held before, by absolute path; the project's sources hold what they shall hold.
  std::map<std::string, std::shared_ptr<const std::string>> before;
  std::size_t applied = 0;
};

// Only findings of `code` (empty: of any), and only fixes all of whose files may be changed.
AutoFix apply_preferred_fixes(Project& project, const std::string& code,
                              const std::function<bool(const std::string& path)>& may_change);

}  // namespace cli
