#include "workspace/platform/text_search.h"

#include <cstring>

namespace workspace {

bool holds_text(std::string_view text, std::string_view part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

}  // namespace workspace
