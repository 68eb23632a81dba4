// Which keys the text of a chart's template writes, and where.
//
// A template is no YAML before helm has rendered it, so its lines are read as they stand: by indentation,
// with what stands in `{{ }}` unknown. What a line cannot be (a key within brackets, the lines of a block
// scalar) has no entry. Pure; the text must outlive the result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace {

struct TemplateEntry {
  ByteRange key;   // empty: an item of a sequence
  ByteRange line;  // from the key or the item's dash to the end of what the line says
  // A scalar that is written out, without its quotes.
  std::optional<ByteRange> literal;
};

// What stands between two `---`.
struct TemplateSection {
  ByteRange first_line;
  // By path: keys with '\n' before each, "-" for an item.
  std::unordered_map<std::string, std::vector<TemplateEntry>> entries;

  // The literal at a path that is written once; empty: there is none.
  [[nodiscard]] std::string_view only_literal(const std::string& path, std::string_view text) const;
};

// At least one; those without entries are left out, unless there is no other.
std::vector<TemplateSection> read_template(std::string_view text);

}  // namespace workspace
