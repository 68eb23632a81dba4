// Comments and annotations that ask for silence where nothing is to be heard. For editors only: a hint, never
// a finding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/check_set.h"
#include "workspace/sources/file_facts.h"

namespace checks {

// A finding in a document, silenced or not, in any mesh that holds it.
struct ReportedCode {
  std::string_view code;
  std::uint32_t begin = 0;     // relative to the document's slice
  std::uint32_t resource = 0;  // which of the document's
};

struct UnusedSuppression {
  workspace::ByteRange
      range;            // in the file's present text: a comment, one of its codes, an annotation's value
  std::string message;  // one line; says so where a code does not exist
  workspace::ByteRange comment;  // what `range` is part of; empty: an annotation
  std::string code;              // the one that is unused; empty: all of it is
};

bool has_suppressions(const workspace::DocumentState& document);

// Those of one sound document that are used by nothing of what is `heard` in it, in the order of the text.
// `text` is the file's.
std::vector<UnusedSuppression> unused_suppressions(const CheckSet& checks, std::string_view text,
                                                   const workspace::DocumentState& document,
                                                   const std::vector<ReportedCode>& reported_codes);

}  // namespace checks
