// The Markdown of our own documentation for people: headings, paragraphs, lists, fenced code, emphasis,
// `code` and links. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal_text.h"

namespace cli {

// Wraps paragraphs to `width` columns; code is indented and never wrapped.
std::string render_markdown(std::string_view markdown, const Palette& palette, unsigned width);

}  // namespace cli
