#include "checks/engine/finding.h"

#include <cstddef>

namespace checks {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Information:
      return "information";
    case Severity::Hint:
      return "hint";
  }
  return "";
}

Finding moved_to(const Finding& finding, std::size_t related) {
  Finding moved = finding;
  moved.at = finding.related[related].place;
  moved.is_moved = true;
  moved.related.erase(moved.related.begin() + static_cast<std::ptrdiff_t>(related));
  moved.related.insert(moved.related.begin(), {finding.at, to_string(finding.at.id) + ": the other end"});
  return moved;
}

}  // namespace checks
