// What is the same for every platform: FrameDecoder, the header of outgoing frames, and addresses. The
// channels are in transport.cpp, and for Windows in its twin in windows/.
#include <algorithm>
#include <charconv>

#include "lsp/transport.h"

namespace lsp {
namespace {

constexpr std::size_t kMaxHeaderBytes = 8192;
constexpr std::size_t kMaxIdleBytes = std::size_t{1} << 20;  // kept between messages
constexpr std::string_view kLengthHeader = "content-length";
// A body that claims more than this is no body: skipping it would swallow all that follows.
constexpr std::uint64_t kMaxSkippedBytes = std::uint64_t{4} << 30;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view lowered) {
  return std::equal(a.begin(), a.end(), lowered.begin(), lowered.end(),
                    [](char x, char y) { return lower(x) == y; });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> parse_length(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// What the header lines say: the length, or what is wrong with them.
struct Headers {
  std::optional<std::uint64_t> length;
  std::string problem;
};

void read_header_line(std::string_view line, Headers& headers) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_header_name(line.substr(0, colon))) {
    headers.problem = "malformed message header";
    return;
  }
  if (!equal_ignoring_case(line.substr(0, colon), kLengthHeader)) return;
  const auto length = parse_length(trimmed(line.substr(colon + 1)));
  if (!length || *length > kMaxSkippedBytes || (headers.length && headers.length != length)) {
    headers.problem = "unusable Content-Length";
    return;
  }
  headers.length = length;
}

Headers read_header_lines(std::string_view block) {
  Headers headers;
  while (!block.empty() && headers.problem.empty()) {
    const std::size_t newline = std::min(block.find('\n'), block.size());
    const std::string_view line = trimmed(block.substr(0, newline));
    if (!line.empty()) read_header_line(line, headers);
    block.remove_prefix(std::min(newline + 1, block.size()));
  }
  if (headers.problem.empty() && !headers.length) headers.problem = "message without Content-Length";
  return headers;
}

struct BlockEnd {
  std::size_t headers;  // bytes of the header lines
  std::size_t body;     // where the body begins
};

// The end of the header block: an empty line, its line ends "\r\n" or, leniently, "\n".
std::optional<BlockEnd> find_block_end(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (text.substr(at + 1).starts_with('\n')) return BlockEnd{at, at + 2};
    if (text.substr(at + 1).starts_with("\r\n")) return BlockEnd{at, at + 3};
  }
  return std::nullopt;
}

}  // namespace

std::string frame_header(std::size_t body_bytes) {
  return "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

void FrameDecoder::feed(std::string_view bytes) {
  if (state_ == State::Skip) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= skipped;
    bytes.remove_prefix(skipped);
    if (left_ == 0) state_ = State::Headers;
  }
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

std::optional<Frame> FrameDecoder::next() {
  if (state_ == State::Lost && !find_boundary()) return std::nullopt;
  if (state_ == State::Headers) {
    if (auto problem = read_headers()) return problem;
  }
  if (state_ != State::Body || pending().size() < left_) return std::nullopt;
  const auto length = static_cast<std::size_t>(left_);
  Frame frame{Frame::Kind::Message, std::string(pending().substr(0, length))};
  consume(length);
  state_ = State::Headers;
  return frame;
}

std::optional<Frame> FrameDecoder::read_headers() {
  // Line ends between messages are harmless, and some clients send them.
  while (pending().starts_with('\r') || pending().starts_with('\n')) {
    consume(1);
    searched_ = 0;
  }
  const auto end = find_block_end(pending(), searched_);
  if ((end ? end->headers : pending().size()) > kMaxHeaderBytes)
    return lose_boundary("message headers without end");
  if (!end) {
    searched_ = pending().size() > 2 ? pending().size() - 2 : 0;
    return std::nullopt;
  }
  searched_ = 0;
  const Headers headers = read_header_lines(pending().substr(0, end->headers));
  if (!headers.problem.empty()) return lose_boundary(headers.problem);
  consume(end->body);
  return begin_body(*headers.length);
}

std::optional<Frame> FrameDecoder::begin_body(std::uint64_t length) {
  left_ = length;
  if (length <= max_message_bytes_) {
    state_ = State::Body;
    return std::nullopt;
  }
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(length, pending().size()));
  consume(here);
  left_ -= here;
  state_ = left_ == 0 ? State::Headers : State::Skip;
  return Frame{Frame::Kind::Problem, "message of " + std::to_string(length) +
                                         " bytes is larger than the limit of " +
                                         std::to_string(max_message_bytes_) + " (--max-message-size)"};
}

std::optional<Frame> FrameDecoder::lose_boundary(std::string problem) {
  state_ = State::Lost;
  searched_ = 0;
  // The header that was looked at must not be found again.
  const std::string_view text = pending();
  if (text.size() >= kLengthHeader.size() &&
      equal_ignoring_case(text.substr(0, kLengthHeader.size()), kLengthHeader)) {
    consume(kLengthHeader.size());
  }
  return Frame{Frame::Kind::Problem, std::move(problem)};
}

bool FrameDecoder::find_boundary() {
  const std::string_view text = pending();
  for (std::size_t at = 0; at + kLengthHeader.size() < text.size(); ++at) {
    if (text[at + kLengthHeader.size()] != ':') continue;
    if (!equal_ignoring_case(text.substr(at, kLengthHeader.size()), kLengthHeader)) continue;
    consume(at);
    state_ = State::Headers;
    return true;
  }
  consume(text.size() - std::min(text.size(), kLengthHeader.size()));
  return false;
}

void FrameDecoder::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < buffer_.size()) return;
  buffer_.clear();
  begin_ = 0;
  if (buffer_.capacity() > kMaxIdleBytes) buffer_.shrink_to_fit();
}

std::string FrameDecoder::unfinished() const {
  switch (state_) {
    case State::Body:
      return "the input ended inside a message";
    case State::Skip:
    case State::Lost:
      return "the input ended where no message was understood";
    case State::Headers:
      break;
  }
  const std::string_view rest = pending();
  const bool blank = rest.find_first_not_of("\r\n \t") == std::string_view::npos;
  return blank ? "" : "the input ended inside a message header";
}

std::optional<HostPort> split_host_port(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  const std::string_view port = address.substr(colon + 1);  // npos + 1: all of it
  if (port.empty()) return std::nullopt;
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (std::stoul(std::string(port)) > 65535) return std::nullopt;
  std::string_view host = colon == std::string_view::npos ? "" : address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  return HostPort{host.empty() ? "127.0.0.1" : std::string(host), std::string(port)};
}

}  // namespace lsp
