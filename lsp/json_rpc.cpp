#include "lsp/json_rpc.h"

#include <fmt/format.h>

#include <algorithm>

namespace lsp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// What the text would make, without parsing it: brackets, commas and colons outside of strings.
struct Shape {
  std::size_t depth = 0;   // most brackets open at once
  std::size_t values = 1;  // at least as many as there are, keys included
};

Shape shape_of(std::string_view text) {
  Shape shape;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      shape.depth = std::max(shape.depth, ++depth);
      ++shape.values;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    } else if (c == ',' || c == ':') {
      ++shape.values;
    }
  }
  return shape;
}

// The four hex digits of a `\u` escape at `at`; none if there is no such escape.
std::optional<unsigned> unicode_escape(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    value <<= 4U;
    if (c >= '0' && c <= '9') {
      value |= static_cast<unsigned>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      value |= static_cast<unsigned>((c | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Length of the well-formed UTF-8 sequence at `at`; 0 if there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < lowest || second > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text[at + i])) return 0;
  }
  return length;
}

// Copies the escape at `at` (a pair as one) and returns its length.
std::size_t copy_escape(std::string_view text, std::size_t at, std::string& out) {
  const auto unit = unicode_escape(text, at);
  std::size_t length = unit ? 6 : std::min<std::size_t>(2, text.size() - at);
  if (unit && is_high_surrogate(*unit)) {
    const auto low = unicode_escape(text, at + 6);
    if (low && is_low_surrogate(*low)) {
      length = 12;
    } else {
      out += kReplacement;
      return length;
    }
  } else if (unit && is_low_surrogate(*unit)) {
    out += kReplacement;
    return length;
  }
  out += text.substr(at, length);
  return length;
}

Json parse_json(std::string_view text) { return Json::parse(text.begin(), text.end(), nullptr, false); }

bool is_id(const Json& id) { return id.is_string() || id.is_number(); }

std::string dumped(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RpcError error_of(const Json& value) {
  RpcError error{ErrorCode::InternalError, {}};
  if (!value.is_object()) return error;
  if (const auto code = value.find("code"); code != value.end() && code->is_number_integer()) {
    error.code = static_cast<ErrorCode>(code->get<std::int32_t>());
  }
  if (const auto text = value.find("message"); text != value.end() && text->is_string()) {
    error.message = text->get<std::string>();
  }
  return error;
}

Message refused(Json id, std::string text) {
  Message message = invalid_message(ErrorCode::InvalidRequest, std::move(text));
  message.id = std::move(id);
  return message;
}

Message response_of(Json& object, Json id) {
  Message message;
  message.kind = Message::Kind::Response;
  message.id = std::move(id);
  if (const auto error = object.find("error"); error != object.end() && !error->is_null()) {
    message.error = error_of(*error);
  } else {
    message.result = std::move(object["result"]);
  }
  return message;
}

Message call_of(Json& object, Json& method, const Json* id) {
  Message message;
  message.kind = id == nullptr ? Message::Kind::Notification : Message::Kind::Request;
  if (id != nullptr) message.id = *id;
  message.method = std::move(method.get_ref<std::string&>());
  if (const auto params = object.find("params"); params != object.end()) message.params = std::move(*params);
  if (message.params.is_null() || message.params.is_structured()) return message;
  if (id == nullptr) message.params = nullptr;
  return id == nullptr ? std::move(message) : refused(*id, "params must be an object or an array");
}

Message message_of(std::string_view text) {
  Json object = parse_json(text);
  if (object.is_discarded()) object = parse_json(repaired_json(text));
  if (object.is_discarded()) return invalid_message(ErrorCode::ParseError, "not valid JSON");
  if (object.is_array()) return refused(nullptr, "batches are not part of LSP");
  if (!object.is_object()) return refused(nullptr, "a message must be an object");

  const auto id = object.find("id");
  const bool has_id = id != object.end();
  if (has_id && !id->is_null() && !is_id(*id)) return refused(nullptr, "an id must be a string or a number");
  const auto method = object.find("method");
  if (method != object.end()) {
    if (!method->is_string()) return refused(has_id ? *id : Json(), "a method must be a string");
    if (has_id && id->is_null()) return refused(nullptr, "the id of a request must not be null");
    return call_of(object, *method, has_id ? &*id : nullptr);
  }
  const bool answers = object.contains("result") || object.contains("error");
  if (has_id && answers) return response_of(object, *id);
  return refused(has_id ? *id : Json(), "neither a request nor a response");
}

}  // namespace

std::string repaired_json(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      at += copy_escape(text, at, out);
      continue;
    }
    const std::size_t length = sequence_length(text, at);
    out += length == 0 ? kReplacement : text.substr(at, length);
    at += std::max<std::size_t>(1, length);
  }
  return out;
}

Message invalid_message(ErrorCode code, std::string text) {
  Message message;
  message.error = RpcError{code, std::move(text)};
  return message;
}

Message parse_message(std::string_view text) {
  const Shape shape = shape_of(text);
  if (shape.depth > kMaxJsonDepth) return invalid_message(ErrorCode::ParseError, "JSON is nested too deep");
  if (shape.values > kMaxJsonValues) {
    return invalid_message(ErrorCode::ParseError,
                           fmt::format("a message of more than {} JSON values is not read", kMaxJsonValues));
  }
  Message message = message_of(text);
  message.values = shape.values;
  return message;
}

std::string response_text(const Json& id, const Json& result) {
  return R"({"jsonrpc":"2.0","id":)" + dumped(id) + R"(,"result":)" + dumped(result) + "}";
}

std::vector<std::string> response_pieces(const Json& id, JsonText result) {
  result.pieces.insert(result.pieces.begin(), R"({"jsonrpc":"2.0","id":)" + dumped(id) + R"(,"result":)");
  result.pieces.emplace_back("}");
  return std::move(result.pieces);
}

std::string error_text(const Json& id, const RpcError& error) {
  const Json body{{"code", static_cast<int>(error.code)}, {"message", error.message}};
  return R"({"jsonrpc":"2.0","id":)" + dumped(id) + R"(,"error":)" + dumped(body) + "}";
}

std::string request_text(const Json& id, std::string_view method, const Json& params) {
  const std::string rest = params.is_null() ? "" : R"(,"params":)" + dumped(params);
  return R"({"jsonrpc":"2.0","id":)" + dumped(id) + R"(,"method":)" + dumped(method) + rest + "}";
}

std::string notification_text(std::string_view method, const Json& params) {
  return R"({"jsonrpc":"2.0","method":)" + dumped(method) + R"(,"params":)" + dumped(params) + "}";
}

}  // namespace lsp
