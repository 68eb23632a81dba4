// gitignore-like globs over '/'-separated relative paths: `*` and `?` within a segment, `**` across segments, `[a-z]`, `{a,b}`.
// A pattern without '/' matches at any depth; one that matches a folder matches all below it. Linear in the text (no catastrophic backtracking).
#pragma once

#include <string_view>

namespace workspace {

bool glob_match(std::string_view pattern, std::string_view path);

}  // namespace workspace
