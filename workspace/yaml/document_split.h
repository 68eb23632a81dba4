// Cuts a YAML stream into documents without parsing it, so that a broken document hides only itself.
//
// A line that starts with `---` (then white space or the end of the line) starts a document, a line `...`
// ends one; both are markers wherever they stand at column 0, inside a block scalar or a quote too (YAML 1.2
// §9.1.2, c-forbidden). The marker belongs to the document that it starts; directives (`%YAML`) and
// comments before a first marker belong to the document that follows them. JSON mappings that follow each
// other without a marker are documents of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "workspace/text/byte_classes.h"
#include "workspace/text/text_range.h"

namespace workspace {

// The slices cover the text without gaps or overlaps, in order. A slice holding only comments and white space
// is still one (it reads as null). An empty text has one empty slice. A BOM belongs to the first slice.
std::vector<ByteRange> split_documents(std::string_view text);
// The same where the bytes are classified already, in place of what `slices` holds. `at_most`: the last of so
// many slices is all the rest.
void split_documents(std::string_view text, const ByteClasses& classes, std::vector<ByteRange>& slices,
                     std::size_t at_most = SIZE_MAX);

}  // namespace workspace
