#include "workspace/resources/decode.h"

#include <charconv>

namespace workspace {

std::optional<std::uint32_t> decode_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

PortRef decode_port_ref(const yaml::Value& value) {
  if (!value.is_scalar()) return {};
  const auto number = value.is_plain() ? decode_number(value.text()) : std::nullopt;
  if (number) return *number;
  return CompactString(value.text());
}

Located<CompactString> decode_located(const yaml::Value& value) {
  if (!value.is_scalar()) return {};
  return {value.text(), {value.range()}};
}

}  // namespace workspace
