// Asks the client to ask again for what it shows beside the text (hints, lenses), which other files change
// without its knowing.
//
// A client is asked once everything is published, and not again before it has answered: however fast someone
// types, it is never asked more often than it keeps up with. Engine thread.
#pragma once

#include <string>
#include <vector>

#include "lsp/client.h"
#include "lsp/protocol/lifecycle.h"

namespace lsp {

class Refresher {
 public:
  explicit Refresher(Client& client) : client_(client) {}

  void initialize(const protocol::ClientCapabilities& client);
  void mark_stale();       // something shown may be another now
  void publishing_done();  // nothing waits to be published

 private:
  struct RefreshKind {
    std::string method;
    bool stale = false;
    bool asked = false;  // and not answered yet
  };

  Client& client_;
  std::vector<RefreshKind> questions_;
};

}  // namespace lsp
