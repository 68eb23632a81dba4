// Windows' C library has none: a table of how far to go on takes the place of looking at each byte.
#include "workspace/platform/text_search.h"

#include <algorithm>
#include <functional>

namespace workspace {

bool holds_text(std::string_view text, std::string_view part) {
  const std::boyer_moore_horspool_searcher searcher(part.begin(), part.end());
  return std::search(text.begin(), text.end(), searcher) != text.end();
}

}  // namespace workspace
