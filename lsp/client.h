// The client as the server talks to it: notifications, and requests whose answers come back to a callback.
//
// Engine thread. A callback runs at most once; an answer to nothing we asked is ignored.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "lsp/json_rpc.h"
#include "lsp/message_sink.h"

namespace lsp {

class Client {
 public:
  explicit Client(MessageSink& sink) : sink_(sink) {}

  using OnAnswer = std::function<void(const Message& answer)>;  // `error` set: the client refused

  void notify(std::string_view method, const Json& params) { sink_.send(notification_text(method, params)); }
  void request(std::string_view method, const Json& params, OnAnswer on_answer);
  void take_answer(const Message& answer);

  void reply(const Json& id, RpcResult result);
  void warn(const std::string& text);  // window/showMessage, each text once

 private:
  MessageSink& sink_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::string, OnAnswer> waiting_;  // by id
  std::unordered_set<std::string> warned_;
};

}  // namespace lsp
