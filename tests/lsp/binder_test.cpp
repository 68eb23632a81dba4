#include "lsp/binder.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <variant>

namespace {

using lsp::Binder;
using lsp::ErrorCode;
using lsp::Json;
using lsp::RpcError;
using lsp::RpcResult;
using lsp::protocol::Position;

ErrorCode code_of(const RpcResult& result) {
  REQUIRE(std::holds_alternative<RpcError>(result));
  return std::get<RpcError>(result).code;
}

Binder sample() {
  Binder binder;
  binder.request<Position>("sum", [](const Position& p) -> RpcResult { return Json(p.line + p.character); });
  binder.request<Position>("refuse", [](const Position&) -> RpcResult {
    return RpcError{ErrorCode::RequestFailed, "no"};
  });
  binder.request<Position>("throw", [](const Position&) -> RpcResult { throw std::runtime_error("oops"); });
  return binder;
}

}  // namespace

TEST_CASE("every request has one outcome") {
  const Binder binder = sample();
  const Json good{{"line", 1}, {"character", 2}};
  CHECK(std::get<Json>(binder.dispatch_request("sum", good)) == 3);
  CHECK(code_of(binder.dispatch_request("refuse", good)) == ErrorCode::RequestFailed);
  CHECK(code_of(binder.dispatch_request("throw", good)) == ErrorCode::InternalError);
  CHECK(code_of(binder.dispatch_request("unknown", good)) == ErrorCode::MethodNotFound);
}

TEST_CASE("params that do not fit are refused") {
  const Binder binder = sample();
  const Json bad[] = {nullptr,
                      Json::array(),
                      Json::object(),
                      {{"line", 1}},
                      {{"line", "1"}, {"character", 2}},
                      {{"line", 1.5}, {"character", 2}},
                      {{"line", nullptr}, {"character", 2}}};
  for (const Json& params : bad) {
    CAPTURE(params.dump());
    CHECK(code_of(binder.dispatch_request("sum", params)) == ErrorCode::InvalidParams);
  }
}

TEST_CASE("numbers that are no position are read as the nearest one") {
  const Binder binder = sample();
  CHECK(std::get<Json>(binder.dispatch_request("sum", {{"line", -1}, {"character", 2}})) == 2);
  CHECK(std::get<Json>(binder.dispatch_request("sum", {{"line", 1.0}, {"character", 2.0}})) == 3);
  CHECK(std::get<Json>(binder.dispatch_request("sum", {{"line", -1e15}, {"character", 2}})) == 2);
  const Json huge{{"line", 18446744073709551615ULL}, {"character", 0}};
  CHECK(std::get<Json>(binder.dispatch_request("sum", huge)) == 4294967295U);
}

TEST_CASE("a notification that fails says why, an unknown one nothing") {
  Binder binder;
  int heard = 0;
  binder.notification<Position>("hear", [&](const Position&) { ++heard; });
  CHECK(binder.dispatch_notification("hear", {{"line", 1}, {"character", 2}}) == "");
  CHECK(heard == 1);
  CHECK(binder.dispatch_notification("hear", nullptr) == "hear: 'line' is missing");
  CHECK(heard == 1);
  CHECK(binder.dispatch_notification("unknown", nullptr) == "");
}

TEST_CASE("capabilities follow from what is bound") {
  Binder binder;
  const auto never = [](const lsp::protocol::ClientCapabilities&) -> Json { return nullptr; };
  const auto literals = [](const lsp::protocol::ClientCapabilities& client) -> Json {
    return client.codeActionLiterals;
  };
  binder.feature<Position>("a", {"aProvider", literals}, [](const Position&) -> RpcResult { return Json(); });
  binder.advertise({"workspace.folders", [](const lsp::protocol::ClientCapabilities&) -> Json { return 1; }});
  binder.advertise({"workspace.other", [](const lsp::protocol::ClientCapabilities&) -> Json { return 2; }});
  binder.advertise({"absent", never});
  lsp::protocol::ClientCapabilities client;
  client.codeActionLiterals = true;
  CHECK(binder.capabilities(client) ==
        Json{{"aProvider", true}, {"workspace", {{"folders", 1}, {"other", 2}}}});
}
