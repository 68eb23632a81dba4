// How a text is built, for folding and for selecting more and more of it.
//
// Folds come from indentation alone, so that text which is no YAML has them; enclosing ranges come from the
// tree of a document, and of one that is not valid there are only its line and the document. Pure; costs
// what the text, or the document, is long.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace {

struct Fold {
  ByteRange range;  // from the first line's beginning to the last line's end, without its line end
  bool is_comment = false;
};

// Mappings, items and block scalars of several lines, blocks of comments, and documents where there are
// several; by first line, and of those of one line the longest. Empty lines and comments at the end of a
// block are left out.
std::vector<Fold> folds(std::string_view text);

// The ranges around an offset, the innermost first, each larger than the one before: a scalar, with its
// quotes, its entry or item, the mapping or sequence around that and so on, and the document.
std::vector<ByteRange> enclosing_ranges(std::string_view text, std::uint32_t offset);

}  // namespace workspace
