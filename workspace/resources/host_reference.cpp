#include "workspace/resources/host_reference.h"

#include <cctype>
#include <cstring>
#include <optional>
#include <string>

#include "workspace/resources/decode.h"
#include "workspace/text/ascii.h"

namespace workspace {

namespace {

bool is_host_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.'; }

// <service>.<namespace>[.svc[.<domain>]]
bool is_service_host(std::string_view host) {
  if (host.size() > 253) return false;
  std::size_t labels = 0;
  std::size_t begin = 0;
  while (begin <= host.size()) {
    const std::size_t end = std::min(host.find('.', begin), host.size());
    const std::string_view label = host.substr(begin, end - begin);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (labels == 2 && label != "svc") return false;
    // The name of a Service starts with a letter.
    if (labels == 0 && !is_letter(label.front())) return false;
    ++labels;
    begin = end + 1;
  }
  return labels >= 2;
}

std::uint32_t usual_port(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

// The digits after the colon at `at`; none: no port. Moves `at` past them.
std::optional<std::uint32_t> port_at(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != ':') return std::nullopt;
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  const auto port = decode_number(text.substr(at + 1, end - at - 1));
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  at = end;
  return port;
}

// The scheme that `://` at `colon` follows, in small letters.
std::string scheme_before(std::string_view text, std::size_t colon, std::size_t from) {
  std::size_t begin = colon;
  const auto is_scheme = [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '.' || c == '-';
  };
  while (begin > from && is_scheme(text[begin - 1])) --begin;
  std::string scheme(text.substr(begin, colon - begin));
  for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return scheme;
}

// Past the user and password of a URL whose authority begins at `begin`.
std::size_t skip_user(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_of("@/?# \t\r\n\"'", begin);
  return end != std::string_view::npos && text[end] == '@' ? end + 1 : begin;
}

std::size_t host_end(std::string_view text, std::size_t begin) {
  while (begin < text.size() && is_host_character(text[begin])) ++begin;
  return begin;
}

// What may stand behind a host or port.
bool ends_there(std::string_view text, std::size_t at) {
  return at >= text.size() || std::strchr("/?#,;&|)}]> \t\r\n\"'\\", text[at]) != nullptr;
}

HostReference url_at(std::string_view text, std::size_t colon, std::size_t from, std::size_t& at) {
  HostReference found;
  const std::size_t begin = skip_user(text, colon + 3);
  std::size_t end = host_end(text, begin);
  const std::string_view host = text.substr(begin, end - begin);
  const auto port = port_at(text, end);
  at = std::max(end, colon + 3);
  if (!is_service_host(host) || !ends_there(text, end)) return found;
  found.scheme = scheme_before(text, colon, from);
  found.host = host;
  found.port = port.value_or(usual_port(found.scheme));
  return found;
}

// `host:port`, with nothing before the host that would make it something else.
HostReference pair_at(std::string_view text, std::size_t colon, std::size_t from, std::size_t& at) {
  HostReference found;
  at = colon + 1;
  std::size_t begin = colon;
  while (begin > from && is_host_character(text[begin - 1])) --begin;
  if (begin > 0 && std::strchr("=,;|({[< \t\r\n\"'", text[begin - 1]) == nullptr) return found;
  const std::string_view host = text.substr(begin, colon - begin);
  std::size_t end = colon;
  const auto port = port_at(text, end);
  if (!port || !is_service_host(host) || !ends_there(text, end)) return found;
  at = end;
  found.host = host;
  found.port = *port;
  return found;
}

}  // namespace

bool may_hold_host(std::string_view text) {
  return text.find('.') != std::string_view::npos && text.find(':') != std::string_view::npos;
}

HostReference next_host_reference(std::string_view text, std::size_t& at) {
  for (std::size_t colon = text.find(':', at); colon != std::string_view::npos; colon = text.find(':', at)) {
    const std::size_t from = at;
    HostReference found = text.substr(colon).starts_with("://") ? url_at(text, colon, from, at)
                                                                : pair_at(text, colon, from, at);
    if (!found.host.empty()) return found;
  }
  return {};
}

}  // namespace workspace
