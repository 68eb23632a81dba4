// Keeps what a server sends.
#pragma once

#include <string>
#include <vector>

#include "lsp/json_rpc.h"
#include "lsp/message_sink.h"

namespace tests {

class MemorySink : public lsp::MessageSink {
 public:
  using lsp::MessageSink::send;
  void send(std::string message) override { sent.push_back(lsp::Json::parse(message)); }
  [[nodiscard]] bool congested() const override { return is_congested; }
  std::vector<lsp::Json> sent;
  bool is_congested = false;
};

}  // namespace tests
