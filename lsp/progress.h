// Work-done progress of indexing, as far as the client shows such things (LSP 3.17, window/workDoneProgress).
//
// Begins when the client has accepted the token, so one that answers late sees a begin and an end at once,
// never an end alone. Engine thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "lsp/client.h"

namespace lsp {

class IndexingProgress {
 public:
  IndexingProgress(Client& client, bool supported) : client_(client), supported_(supported) {}

  void begin();
  void report(std::size_t done, std::size_t total);  // throttled
  void end();

 private:
  struct Work {
    std::string token;
    bool accepted = false;
    bool ended = false;
    std::size_t files = 0;
    std::chrono::steady_clock::time_point reported;
  };
  static void accepted(Client& client, Work& work);
  static void send(Client& client, const Work& work, Json value);

  Client& client_;
  const bool supported_;
  std::size_t count_ = 0;
  std::shared_ptr<Work> work_;
};

}  // namespace lsp
