#include "workspace/text/utf8.h"

namespace workspace::utf8 {
namespace {

// How many bytes the lead byte asks for, and the bounds of the byte after it (they rule out overlong forms,
// surrogates and everything past U+10FFFF).
struct Lead {
  std::uint32_t bytes;
  unsigned char low;
  unsigned char high;
};

Lead lead_of(unsigned char first) {
  if (first < 0x80) return {1, 0, 0};
  if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

std::uint32_t decode(std::string_view text, std::size_t at, std::uint32_t& code_point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Lead lead = lead_of(byte(at));
  if (lead.bytes == 0 || at + lead.bytes > text.size()) return 0;
  code_point = byte(at);
  if (lead.bytes == 1) return 1;
  if (byte(at + 1) < lead.low || byte(at + 1) > lead.high) return 0;
  code_point &= 0x7FU >> lead.bytes;
  for (std::size_t i = at + 1; i < at + lead.bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code_point = (code_point << 6U) | (byte(i) & 0x3FU);
  }
  return lead.bytes;
}

void append(std::string& text, std::uint32_t code_point) {
  const auto byte = [&text](std::uint32_t value) { text += static_cast<char>(value); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | code_point >> 6U);
    byte(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    byte(0xE0U | code_point >> 12U);
    byte(0x80U | (code_point >> 6U & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  } else {
    byte(0xF0U | code_point >> 18U);
    byte(0x80U | (code_point >> 12U & 0x3FU));
    byte(0x80U | (code_point >> 6U & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  }
}

bool is_valid(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t code_point = 0;
    const std::uint32_t length = decode(text, at, code_point);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace workspace::utf8
