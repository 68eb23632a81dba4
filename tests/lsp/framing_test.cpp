// Frames out of a stream, however it is cut, and whatever it holds.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lsp/transport.h"

namespace {

using lsp::Frame;
using lsp::FrameDecoder;

std::string framed(const std::string& body) { return lsp::frame_header(body.size()) + body; }

// What comes out: bodies as they are, problems as "!problem".
std::vector<std::string> decode(const std::string& stream, std::size_t chunk, std::uint64_t limit = 1000) {
  FrameDecoder decoder(limit);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    decoder.feed(std::string_view(stream).substr(at, chunk));
    while (const auto frame = decoder.next()) {
      out.push_back((frame->kind == Frame::Kind::Problem ? "!" : "") + frame->text);
    }
  }
  return out;
}

struct Row {
  const char* name;
  std::string stream;
  std::vector<std::string> expected;
};

const std::string kBadLength = "!unusable Content-Length";

std::vector<Row> rows() {
  return {
      {"one", framed("{}"), {"{}"}},
      {"several", framed("a") + framed("") + framed("ccc"), {"a", "", "ccc"}},
      {"other headers", "Content-Type: x\r\nContent-Length: 1\r\nX-Y: z\r\n\r\na", {"a"}},
      {"any case, no space", "content-LENGTH:1\r\n\r\na", {"a"}},
      {"bare line feeds", "Content-Length: 1\n\na" + framed("b"), {"a", "b"}},
      {"line ends between", framed("a") + "\r\n\r\n" + framed("b"), {"a", "b"}},
      {"the same length twice", "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", {"a"}},
      {"negative", "Content-Length: -1\r\n\r\nx" + framed("b"), {kBadLength, "b"}},
      {"not a number", "Content-Length: 0x10\r\n\r\nx" + framed("b"), {kBadLength, "b"}},
      {"no number", "Content-Length:\r\n\r\nx" + framed("b"), {kBadLength, "b"}},
      {"2^63", "Content-Length: 9223372036854775808\r\n\r\nx" + framed("b"), {kBadLength, "b"}},
      {"more than 64 bits", "Content-Length: 99999999999999999999\r\n\r\n" + framed("b"), {kBadLength, "b"}},
      {"none", "X: y\r\n\r\nbody" + framed("b"), {"!message without Content-Length", "b"}},
      {"garbage line", "garbage\r\n\r\n" + framed("b"), {"!malformed message header", "b"}},
      {"garbage before a header", "{\"x\":1}" + framed("b"), {"!malformed message header", "b"}},
      {"too large for us",
       framed(std::string(2000, 'x')) + framed("b"),
       {"!message of 2000 bytes is larger than the limit of 1000 (--max-message-size)", "b"}},
      {"headers without end", std::string(9000, 'x') + framed("b"), {"!message headers without end", "b"}},
  };
}

}  // namespace

TEST_CASE("frames come out however the stream is cut") {
  for (const Row& row : rows()) {
    for (const std::size_t chunk : {1, 2, 3, 7, 64, 100000}) {
      CAPTURE(row.name);
      CAPTURE(chunk);
      CHECK(decode(row.stream, chunk) == row.expected);
    }
  }
}

TEST_CASE("two lengths that differ are a problem") {
  const auto out = decode("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab" + framed("good"), 5);
  REQUIRE(out.size() >= 2);
  CHECK(out.front() == kBadLength);
  CHECK(out.back() == "good");
}

TEST_CASE("what the end of the stream cuts off is said") {
  const auto rest = [](std::string_view stream) {
    FrameDecoder decoder(1000);
    decoder.feed(stream);
    while (decoder.next()) {
    }
    return decoder.unfinished();
  };
  CHECK(rest("") == "");
  CHECK(rest(framed("a")) == "");
  CHECK(rest(framed("a") + "\r\n") == "");
  CHECK(rest("Content-Length: 5\r\n\r\nabc") == "the input ended inside a message");
  CHECK(rest("Content-Le") == "the input ended inside a message header");
  CHECK(rest("Content-Length: 5000\r\n\r\nabc") == "the input ended where no message was understood");
}

TEST_CASE("HOST:PORT") {
  struct Address {
    const char* text;
    const char* host;  // null: refused
    const char* port;
  };
  const Address addresses[] = {
      {"127.0.0.1:9257", "127.0.0.1", "9257"},
      {":0", "127.0.0.1", "0"},
      {"[::1]:80", "::1", "80"},
      {"localhost:65535", "localhost", "65535"},
      {"localhost:65536", nullptr, ""},
      {"localhost", nullptr, ""},
      {"localhost:", nullptr, ""},
      {"::1:80", nullptr, ""},
      {"a:http", nullptr, ""},
      {"", nullptr, ""},
      {"a:-1", nullptr, ""},
      {"a:123456789012", nullptr, ""},
  };
  for (const Address& address : addresses) {
    CAPTURE(address.text);
    const auto parts = lsp::split_host_port(address.text);
    REQUIRE(parts.has_value() == (address.host != nullptr));
    if (!parts) continue;
    CHECK(parts->host == address.host);
    CHECK(parts->port == address.port);
  }
}
