#include "cli/environment.h"

#include <ostream>
#include <string_view>

#include "cli/terminal_text.h"

namespace cli {

void print_error(const Environment& environment, const std::string& message) {
  const std::string& folder = environment.current_folder;
  std::string_view shown = message;
  if (!folder.empty() && shown.starts_with(folder) && shown.substr(folder.size()).starts_with('/'))
    shown.remove_prefix(folder.size() + 1);
  environment.err << "istio-mtls-ls: error: " << printable(shown) << '\n';
}

}  // namespace cli
