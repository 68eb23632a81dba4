#include "lsp/json_rpc.h"

#include <doctest/doctest.h>

#include <string>

using lsp::ErrorCode;
using lsp::Json;
using lsp::Message;

TEST_CASE("messages are told apart") {
  const Message request = lsp::parse_message(R"({"jsonrpc":"2.0","id":7,"method":"m","params":{"a":[1]}})");
  CHECK(request.kind == Message::Kind::Request);
  CHECK(request.id == 7);
  CHECK(request.method == "m");
  CHECK(request.params == Json{{"a", Json::array({1})}});

  const Message notification = lsp::parse_message(R"({"method":"n"})");
  CHECK(notification.kind == Message::Kind::Notification);
  CHECK(notification.params.is_null());

  const Message response = lsp::parse_message(R"({"id":"x","result":null})");
  CHECK(response.kind == Message::Kind::Response);
  CHECK_FALSE(response.error.has_value());

  const Message failure = lsp::parse_message(R"({"id":"x","error":{"code":-32601,"message":"no"}})");
  REQUIRE(failure.error.has_value());
  CHECK(failure.error->code == ErrorCode::MethodNotFound);
  CHECK(failure.error->message == "no");
}

TEST_CASE("what is no message says which error to answer with") {
  struct Row {
    std::string text;
    ErrorCode code;
    Json id;
  };
  const Row rows[] = {
      {"", ErrorCode::ParseError, nullptr},
      {"{", ErrorCode::ParseError, nullptr},
      {"{}x", ErrorCode::ParseError, nullptr},
      {std::string(100000, '['), ErrorCode::ParseError, nullptr},
      {R"({"a":)" + std::string(300, '[') + std::string(300, ']') + "}", ErrorCode::ParseError, nullptr},
      {"[]", ErrorCode::InvalidRequest, nullptr},
      {R"([{"id":1,"method":"m"}])", ErrorCode::InvalidRequest, nullptr},
      {"1", ErrorCode::InvalidRequest, nullptr},
      {"{}", ErrorCode::InvalidRequest, nullptr},
      {R"({"id":1})", ErrorCode::InvalidRequest, 1},
      {R"({"id":1,"method":2})", ErrorCode::InvalidRequest, 1},
      {R"({"id":null,"method":"m"})", ErrorCode::InvalidRequest, nullptr},
      {R"({"id":true,"method":"m"})", ErrorCode::InvalidRequest, nullptr},
      {R"({"id":1,"method":"m","params":5})", ErrorCode::InvalidRequest, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 60));
    const Message message = lsp::parse_message(row.text);
    CHECK(message.kind == Message::Kind::Invalid);
    REQUIRE(message.error.has_value());
    CHECK(message.error->code == row.code);
    CHECK(message.id == row.id);
  }
}

TEST_CASE("brackets in strings nest nothing") {
  const std::string text = R"({"method":"m","params":{"text":")" + std::string(1000, '[') + R"(\"[\\"}})";
  CHECK(lsp::parse_message(text).kind == Message::Kind::Notification);
}

TEST_CASE("a message of too many values is refused, and how many one has is told") {
  const auto holding = [](std::size_t count) {
    std::string text = R"({"id":1,"method":"m","params":[)";
    for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "0" : ",0";
    return text + "]}";
  };
  const Message small = lsp::parse_message(holding(1000));
  CHECK(small.kind == Message::Kind::Request);
  CHECK(small.values >= 1000);
  CHECK(small.values < 1020);
  CHECK(lsp::parse_message(holding(lsp::kMaxJsonValues - 100)).kind == Message::Kind::Request);
  const Message large = lsp::parse_message(holding(lsp::kMaxJsonValues + 1));
  CHECK(large.kind == Message::Kind::Invalid);
  CHECK(large.error->message == "a message of more than 2000000 JSON values is not read");
  const std::string text = R"({"method":"m","params":{"text":")" + std::string(3'000'000, ',') + R"("}})";
  CHECK(lsp::parse_message(text).kind == Message::Kind::Notification);
}

TEST_CASE("lone surrogates and invalid UTF-8 become U+FFFD, the rest stays") {
  struct Row {
    std::string json;
    std::string text;
  };
  const std::string fffd = "\xEF\xBF\xBD";
  const Row rows[] = {
      {R"(a\ud83db)", "a" + fffd + "b"},
      {R"(\udc00)", fffd},
      {R"(\ud83d\ud83d\ude00)", fffd + "\xF0\x9F\x98\x80"},
      {R"(\ud83d\n)", fffd + "\n"},
      {R"(\\ud83d)", "\\ud83d"},
      {"\xff|\xc3\xa4|\xc3|", fffd + "|\xc3\xa4|" + fffd + "|"},
      {"\xed\xa0\x80", fffd + fffd + fffd},
      {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80" + fffd},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    const Message message = lsp::parse_message(R"({"method":"m","params":{"t":")" + row.json + "\"}}");
    REQUIRE(message.kind == Message::Kind::Notification);
    CHECK(message.params["t"] == row.text);
  }
}

TEST_CASE("texts of messages are JSON, whatever is in them") {
  const std::string bad = "\xff\x01\"\\";
  CHECK(Json::parse(lsp::response_text(1, {{"t", bad}}))["result"]["t"].is_string());
  CHECK(Json::parse(lsp::error_text("a", {ErrorCode::InvalidParams, bad}))["error"]["code"] == -32602);
  CHECK(Json::parse(lsp::error_text(nullptr, {}))["id"].is_null());
  CHECK(Json::parse(lsp::notification_text("m", Json::object()))["method"] == "m");
  CHECK(Json::parse(lsp::request_text("id", "m", nullptr))["jsonrpc"] == "2.0");
}
