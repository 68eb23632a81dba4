// JSON-RPC 2.0 messages: from the text of one frame to a checked Message, and back to text.
//
// Nothing here throws: text that is no message becomes a Message of kind Invalid that carries the error to
// answer with. What editors are known to send is repaired first: lone surrogates (`"\ud83d"`, a half-deleted
// emoji) and invalid UTF-8 become U+FFFD, one character for one, so positions still count right. Nesting is
// limited, since nlohmann's copying and printing recurse, and so is the number of values, since each costs
// memory. Pure functions: safe on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lsp {

using Json = nlohmann::json;

enum class ErrorCode : int {
  ParseError = -32700,
  InvalidRequest = -32600,
  MethodNotFound = -32601,
  InvalidParams = -32602,
  InternalError = -32603,
  ServerNotInitialized = -32002,
  RequestFailed = -32803,
  ServerCancelled = -32802,
  ContentModified = -32801,
  RequestCancelled = -32800,
};

struct RpcError {
  ErrorCode code = ErrorCode::InternalError;
  std::string message;
};

// The answer to a request that has to wait until more is known; the request is looked at again then.
struct Deferred {};

// A result that is text already, in pieces that follow each other; for what is too large to build twice.
struct JsonText {
  std::vector<std::string> pieces;
};

// The answer is made between messages (lsp/sliced_work.h).
class SlicedWork;
using Sliced = std::shared_ptr<SlicedWork>;

using RpcResult = std::variant<Json, RpcError, Deferred, JsonText, Sliced>;

struct Message {
  enum class Kind : std::uint8_t { Request, Notification, Response, Invalid };
  Kind kind = Kind::Invalid;
  Json id;                        // a string or a number; null for notifications and where it can't be told
  std::string method;             // requests and notifications
  Json params;                    // null, an object or an array
  Json result;                    // responses
  std::size_t values = 0;         // JSON values that it is made of, or a few more
  std::optional<RpcError> error;  // Invalid: what to answer; Response: what the client says
};

inline constexpr std::size_t kMaxJsonDepth = 256;
// Each takes up to a hundred bytes once it is parsed, however few of text: `0,` or `{},`. A client that tells
// of 100,000 changed files says half a million.
inline constexpr std::size_t kMaxJsonValues = 2'000'000;

Message parse_message(std::string_view text);
Message invalid_message(ErrorCode code, std::string text);

// Texts of whole messages, without framing. Strings that are no UTF-8 are printed with U+FFFD.
std::string response_text(const Json& id, const Json& result);
// The same in pieces that follow each other.
std::vector<std::string> response_pieces(const Json& id, JsonText result);
std::string error_text(const Json& id, const RpcError& error);
std::string request_text(const Json& id, std::string_view method, const Json& params);
std::string notification_text(std::string_view method, const Json& params);

// Lone surrogate escapes and invalid UTF-8 replaced by U+FFFD.
std::string repaired_json(std::string_view text);

}  // namespace lsp
