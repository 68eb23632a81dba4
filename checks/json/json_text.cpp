#include "checks/json/json_text.h"

#include <fmt/format.h>

#include <cstddef>

namespace checks {

std::string json_text(const nlohmann::ordered_json& value) {
  std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  constexpr const char* kSuspects = "\x7F\xC2";
  std::size_t at = text.find_first_of(kSuspects);
  if (at == std::string::npos) return text;
  std::string escaped;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find_first_of(kSuspects, at + 1)) {
    const auto second = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : '\0');
    const bool is_delete = text[at] == '\x7F';
    if (!is_delete && (second < 0x80 || second > 0x9F)) continue;
    escaped.append(text, from, at - from);
    escaped += fmt::format("\\u{:04x}", is_delete ? 0x7FU : second);
    from = at + (is_delete ? 1 : 2);
  }
  escaped.append(text, from);
  return escaped;
}

}  // namespace checks
