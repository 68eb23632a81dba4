// Work-done progress, as far as the client shows such things (LSP 3.17, window/workDoneProgress).
//
// A token of ours begins when the client has accepted it, so one that answers late sees a begin and an end at
// once, never an end alone. Engine thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "lsp/client.h"

namespace lsp {

class WorkProgress {
 public:
  // Tokens are made from `name`, which is unique among those of a client. `title` is what is shown; `unit`
  // what is counted, or empty: only the percentage is shown.
  struct Kind {
    std::string name;
    std::string title;
    std::string unit;
    bool cancellable = false;
  };

  WorkProgress(Client& client, bool supported, Kind kind)
      : client_(client), supported_(supported), kind_(std::move(kind)) {}

  void begin();                        // with a token of ours
  void begin_with(const Json& token);  // with the client's, supported or not
  [[nodiscard]] bool begun() const { return work_ != nullptr; }
  [[nodiscard]] bool has_token(const Json& token) const { return work_ != nullptr && work_->token == token; }
  void report(std::size_t done, std::size_t total);  // throttled
  void end();

 private:
  struct Work {
    Json token;
    Kind kind;
    bool accepted = false;
    bool ended = false;
    std::size_t total = 0;
    std::chrono::steady_clock::time_point reported;
  };
  static void accepted(Client& client, Work& work);
  static void send(Client& client, const Work& work, Json value);

  Client& client_;
  const bool supported_;
  const Kind kind_;
  std::size_t count_ = 0;
  std::shared_ptr<Work> work_;
};

}  // namespace lsp
