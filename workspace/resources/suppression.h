// `# istio-mtls: ignore TIS0208 -- reason` comments (docs/design/interfaces.md, Configuration file).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace {

struct SuppressionComment {
  std::vector<std::string> codes;  // empty: every code
  SourceRange place;               // from `#` to the end of the line, relative to the document's slice
  SourceRange covers;              // the comment's line and the next: what starts here is suppressed
  friend bool operator==(const SuppressionComment&, const SuppressionComment&) = default;
};

std::vector<SuppressionComment> find_suppressions(std::string_view document);

// "TIS0208, TIS0503" or "TIS0208 TIS0503" -> codes.
std::vector<std::string> parse_codes(std::string_view list);

}  // namespace workspace
