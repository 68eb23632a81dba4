#include "workspace/sources/substitution.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace workspace {

namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// What stands between `${` and `}`.
std::optional<std::string_view> value_of(std::string_view inside, const std::vector<Substitution>& values) {
  const auto name_end = std::find_if_not(inside.begin(), inside.end(), is_name_character);
  const auto size = static_cast<std::size_t>(name_end - inside.begin());
  const std::string_view name = inside.substr(0, size);
  std::string_view rest = inside.substr(size);
  const auto value = std::find_if(values.rbegin(), values.rend(),
                                  [name](const Substitution& one) { return one.name == name; });
  const bool has_colon = rest.starts_with(':');
  if (has_colon) rest.remove_prefix(1);
  const bool has_default = rest.starts_with('=') || rest.starts_with('-');
  if (name.empty() || (!has_default && (has_colon || !rest.empty()))) return std::nullopt;
  // With a colon the default stands for an empty value too.
  if (value != values.rend() && !(has_default && has_colon && value->value.empty())) return value->value;
  if (!has_default) return std::nullopt;
  return rest.substr(1);
}

}  // namespace

SubstitutedText substitute(std::string_view text, const std::vector<Substitution>& values) {
  SubstitutedText made;
  std::size_t done = 0;
  const auto replace = [&](std::size_t begin, std::size_t end, std::string_view by) {
    made.text += text.substr(done, begin - done);
    const auto at = static_cast<std::uint32_t>(made.text.size());
    made.text += by;
    made.replaced.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), at,
                             static_cast<std::uint32_t>(made.text.size())});
    done = end;
  };
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
    const std::size_t end = text.find_first_of("}\n", at);
    if (end == std::string_view::npos) break;
    if (text[end] != '}') {
      at = end;
      continue;
    }
    if (at > done && text[at - 1] == '$') {
      replace(at - 1, at, "");
    } else if (const auto value = value_of(text.substr(at + 2, end - at - 2), values)) {
      replace(at, end + 1, *value);
    }
    at = end;
  }
  made.text += text.substr(done);
  return made;
}

std::vector<Substitution> config_values(const yaml::Value& config_map) {
  std::vector<Substitution> values;
  for (const auto& [name, value] : config_map["data"].entries()) {
    if (value.is_scalar()) values.push_back({std::string(name), std::string(value.text())});
  }
  return values;
}

}  // namespace workspace
