#include "lsp/cli/environment.h"

#include <ostream>

#include "lsp/cli/terminal_text.h"

namespace lsp::cli {

void complain(const Environment& environment, const std::string& message) {
  environment.err << "istio-mtls-ls: error: " << printable(message) << '\n';
}

}  // namespace lsp::cli
