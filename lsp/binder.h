// Method name -> typed handler, and what the server advertises: one table.
//
// A feature is bound with the capability that tells clients of it, so the two can't disagree. Params are
// decoded before the handler runs; what does not decode is answered with InvalidParams. Every request gets
// exactly one reply: a handler returns it, and one that throws gives InternalError. Engine thread; bind
// everything before the first dispatch.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lsp/json_rpc.h"
#include "lsp/protocol/lifecycle.h"

namespace lsp {

// What `initialize` answers for a feature: the key in ServerCapabilities ("workspace.workspaceFolders" for a
// nested one) and its value, which may depend on the client; null: not advertised.
struct Capability {
  std::string key;
  std::function<Json(const protocol::ClientCapabilities&)> options;
};

class Binder {
 public:
  // Handler: RpcResult or Json from `const Params&`.
  template <class Params, class Handler>
  void request(std::string method, Handler handler) {
    requests_[std::move(method)] = [handler = std::move(handler)](const Json& json) -> RpcResult {
      Params params;
      from_json(json, params);
      return handler(params);
    };
  }
  template <class Params, class Handler>
  void feature(std::string method, Capability capability, Handler handler) {
    request<Params>(std::move(method), std::move(handler));
    advertise(std::move(capability));
  }
  // Handler: void from `const Params&`.
  template <class Params, class Handler>
  void notification(std::string method, Handler handler) {
    notifications_[std::move(method)] = [handler = std::move(handler)](const Json& json) {
      Params params;
      from_json(json, params);
      handler(params);
    };
  }
  void advertise(Capability capability) { capabilities_.push_back(std::move(capability)); }

  [[nodiscard]] Json capabilities(const protocol::ClientCapabilities& client) const;

  // MethodNotFound for a method without a handler.
  [[nodiscard]] RpcResult dispatch_request(const std::string& method, const Json& params) const;
  [[nodiscard]] bool listens_to(const std::string& notification) const {
    return notifications_.contains(notification);
  }
  // What went wrong, for the log; empty if nothing did or nobody listens.
  [[nodiscard]] std::string dispatch_notification(const std::string& method, const Json& params) const;

 private:
  std::unordered_map<std::string, std::function<RpcResult(const Json&)>> requests_;
  std::unordered_map<std::string, std::function<void(const Json&)>> notifications_;
  std::vector<Capability> capabilities_;
};

}  // namespace lsp
