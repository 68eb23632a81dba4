// Exact edits of YAML text: the fewest characters that make a value read differently.
//
// Comments, quotes, indentation and line ends outside the edit stay byte-identical; block and flow style,
// CRLF, missing final newline, anchors, aliases and merge keys are all handled. A value reached through an
// alias is replaced at the alias's use (a shared mapping is written out there as a flow mapping), a value
// that comes from `<<` by writing the key after it, so that no other user of the anchor changes. A value that
// carries an anchor itself is edited in place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/base/result.h"
#include "workspace/text/text_range.h"

namespace workspace::yaml {

struct TextEdit {
  ByteRange range;
  std::string new_text;
  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

struct PathStep {
  std::string key;  // used when index < 0
  int index = -1;
};
using Path = std::vector<PathStep>;

// "spec.subsets[0].trafficPolicy.tls.mode" -> steps. A key never holds a dot or bracket in the paths we
// print.
Path parse_path(std::string_view path);

// The edits after which `document` (one slice) reads as before, save that the scalar at `path` is `value`.
// The last step is a key of an existing mapping; if that mapping has no such key (or its value is null), the
// key is inserted as its first key in block style, or the value written after the key. `value` must be
// plain-safe. Edits are sorted and don't overlap.
Result<std::vector<TextEdit>> set_scalar(std::string_view document, const Path& path, std::string_view value);

// Applies edits (sorted, non-overlapping) to text.
std::string apply_edits(std::string_view text, const std::vector<TextEdit>& edits);

}  // namespace workspace::yaml
