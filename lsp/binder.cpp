#include "lsp/binder.h"

#include <fmt/format.h>

#include <exception>

namespace lsp {

Json Binder::capabilities(const protocol::ClientCapabilities& client) const {
  Json result = Json::object();
  for (const Capability& capability : capabilities_) {
    Json value = capability.options(client);
    if (value.is_null()) continue;
    Json* at = &result;
    std::string_view key = capability.key;
    for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
      at = &(*at)[std::string(key.substr(0, dot))];
      key.remove_prefix(dot + 1);
    }
    (*at)[std::string(key)] = std::move(value);
  }
  return result;
}

RpcResult Binder::dispatch_request(const std::string& method, const Json& params) const {
  const auto handler = requests_.find(method);
  if (handler == requests_.end()) {
    return RpcError{ErrorCode::MethodNotFound, fmt::format("method '{}' is not known here", method)};
  }
  try {
    return handler->second(params);
  } catch (const protocol::InvalidParams& problem) {
    return RpcError{ErrorCode::InvalidParams, fmt::format("{}: {}", method, problem.what())};
  } catch (const std::exception& problem) {
    return RpcError{ErrorCode::InternalError, fmt::format("{}: {}", method, problem.what())};
  }
}

std::string Binder::dispatch_notification(const std::string& method, const Json& params) const {
  const auto handler = notifications_.find(method);
  if (handler == notifications_.end()) return {};
  try {
    handler->second(params);
  } catch (const std::exception& problem) {
    return fmt::format("{}: {}", method, problem.what());
  }
  return {};
}

}  // namespace lsp
