// The graph view of the VS Code extension, as this binary carries it (graph_view/README.md).
#pragma once

#include <string_view>

namespace cli {

std::string_view graph_view_script();
std::string_view graph_view_style();

}  // namespace cli
