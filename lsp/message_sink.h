// Where the server's messages go: an Outbox, a host's call (embedded_server.h), in tests the memory.
// `congested` tells early that they are not read, for those who can say less or later.
#pragma once

#include <string>
#include <vector>

namespace lsp {

class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void send(std::string message) = 0;  // the text of one JSON-RPC message; any thread
  // The same of one message in pieces that follow each other.
  virtual void send(std::vector<std::string> pieces);
  [[nodiscard]] virtual bool congested() const { return false; }
};

}  // namespace lsp
