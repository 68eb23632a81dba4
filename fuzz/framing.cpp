// Any bytes as what a client writes: the first one says how they come in pieces, the rest are the stream.
//
// Promises: what is understood does not depend on the pieces; nothing is kept beyond one message; after a
// stream that ends between messages the next well-formed one is understood; every request is answered once,
// under its id, in valid JSON; JSON is repaired once for all.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/choices.h"
#include "fuzz/target.h"
#include "lsp/engine.h"
#include "lsp/server.h"
#include "lsp/transport.h"
#include "tests/lsp/memory_sink.h"
#include "tests/support/memory_file_system.h"

namespace fuzz {
namespace {

using lsp::Frame;
using lsp::Json;
using lsp::Message;

constexpr std::size_t kMaxMessageBytes = 4096;
constexpr std::array<std::size_t, 6> kPieces = {1, 2, 3, 7, 64, 100000};

struct Decoded {
  std::vector<Frame> frames;
  bool between_messages = false;
};

Decoded decode(std::string_view stream, std::size_t piece, std::string_view afterwards = {}) {
  Decoded decoded;
  lsp::FrameDecoder decoder(kMaxMessageBytes);
  const auto feed = [&](std::string_view bytes) {
    decoder.feed(bytes);
    while (auto frame = decoder.next()) decoded.frames.push_back(*std::move(frame));
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) feed(stream.substr(at, piece));
  decoded.between_messages = decoder.unfinished().empty();
  if (!afterwards.empty()) feed(afterwards);
  return decoded;
}

bool same(const Frame& a, const Frame& b) { return a.kind == b.kind && a.text == b.text; }

void check_frames(std::string_view stream, const Decoded& decoded) {
  const Decoded whole = decode(stream, std::max<std::size_t>(1, stream.size()));
  require(std::equal(whole.frames.begin(), whole.frames.end(), decoded.frames.begin(), decoded.frames.end(),
                     same),
          "frames do not depend on how the bytes come");
  for (const Frame& frame : decoded.frames) {
    require(frame.kind == Frame::Kind::Problem || frame.text.size() <= kMaxMessageBytes,
            "no message is larger than the limit");
  }
  if (!decoded.between_messages) return;
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"x"})";
  const Decoded more = decode(stream, kPieces.back(), lsp::frame_header(body.size()) + body);
  require(!more.frames.empty() && same(more.frames.back(), {Frame::Kind::Message, body}),
          "the next well-formed message is understood");
}

void check_repair(const std::string& text) {
  const std::string repaired = lsp::repaired_json(text);
  require(lsp::repaired_json(repaired) == repaired, "repaired JSON needs no repair");
}

bool is_valid_json(const std::string& text) { return !Json::parse(text, nullptr, false).is_discarded(); }

void check_texts(const Message& message) {
  require(is_valid_json(lsp::response_text(message.id, message.result)), "an answer is valid JSON");
  require(is_valid_json(lsp::notification_text(message.method, message.params)),
          "a notification is valid JSON");
  if (message.error)
    require(is_valid_json(lsp::error_text(message.id, *message.error)), "an error is valid JSON");
}

// A server that gets all of it, one message after the other.
class Conversation {
 public:
  Conversation() {
    files_.add("/w/a.yaml", "kind: PeerAuthentication\napiVersion: security.istio.io/v1\n");
    server_.emplace(lsp::SessionOptions{}, files_, scheduler_, inbox_, sink_,
                    lsp::ServerHooks{.now = [] { return lsp::TimePoint{}; }, .parent_known = {}, .log = {}});
  }

  void say(const Message& message) {
    if (message.kind == Message::Kind::Request) ++asked_[message.id.dump()];
    if (message.kind == Message::Kind::Invalid) ++asked_[message.id.dump()];
    inbox_.push(message, 1);
    alive_ = alive_ && lsp::run_until_idle(*server_, inbox_);
  }

  // What is held back until more is known is answered when the session ends.
  void end() {
    if (!alive_) return;
    say(lsp::parse_message(R"({"jsonrpc":"2.0","id":"the end","method":"shutdown"})"));
    std::map<std::string, int> answered;
    for (const Json& message : sink_.sent) {
      if (!message.contains("method")) ++answered[message.at("id").dump()];
    }
    require(answered == asked_, "every request is answered once");
  }

 private:
  tests::MemoryFileSystem files_;
  lsp::Inbox inbox_{std::size_t{1} << 30};
  lsp::Scheduler scheduler_{inbox_, 0};
  tests::MemorySink sink_;
  std::optional<lsp::Server> server_;
  std::map<std::string, int> asked_;
  bool alive_ = true;
};

}  // namespace

void framing(std::string_view input) {
  Choices choices(input);
  const std::size_t piece = choices.of(kPieces);
  const std::string_view stream = input.substr(std::min<std::size_t>(1, input.size()));
  const Decoded decoded = decode(stream, piece);
  check_frames(stream, decoded);

  Conversation conversation;
  for (const Frame& frame : decoded.frames) {
    if (frame.kind == Frame::Kind::Problem) continue;
    check_repair(frame.text);
    const Message message = lsp::parse_message(frame.text);
    check_texts(message);
    conversation.say(message);
  }
  conversation.end();
}

}  // namespace fuzz
