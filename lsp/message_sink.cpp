#include "lsp/message_sink.h"

#include <utility>

namespace lsp {

void MessageSink::send(std::vector<std::string> pieces) {
  std::string message;
  for (std::string& piece : pieces) message += std::exchange(piece, {});  // no longer kept twice
  send(std::move(message));
}

}  // namespace lsp
