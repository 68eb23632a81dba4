#include "lsp/client.h"

#include <utility>

namespace lsp {

void Client::request(std::string_view method, const Json& params, OnAnswer on_answer) {
  std::string id = "istio-mtls/" + std::to_string(++last_id_);
  sink_.send(request_text(id, method, params));
  waiting_.emplace(std::move(id), std::move(on_answer));
}

void Client::take_answer(const Message& answer) {
  if (!answer.id.is_string()) return;
  const auto found = waiting_.find(answer.id.get<std::string>());
  if (found == waiting_.end()) return;
  const OnAnswer on_answer = std::move(found->second);
  waiting_.erase(found);
  if (on_answer) on_answer(answer);
}

void Client::reply(const Json& id, RpcResult result) {
  if (auto* error = std::get_if<RpcError>(&result)) {
    sink_.send(error_text(id, *error));
  } else if (auto* text = std::get_if<JsonText>(&result)) {
    sink_.send(response_pieces(id, std::move(*text)));
  } else {
    sink_.send(response_text(id, std::get<Json>(result)));
  }
}

void Client::warn(const std::string& text) {
  if (!warned_.insert(text).second) return;
  constexpr int kWarning = 2;
  notify("window/showMessage", {{"type", kWarning}, {"message", "istio-mtls: " + text}});
}

}  // namespace lsp
