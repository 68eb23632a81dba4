#include "workspace/settings.h"

#include <algorithm>

namespace workspace {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Settings layered(const Settings& over, const Settings& under) {
  Settings sum = over;
  if (!sum.root_namespace) sum.root_namespace = under.root_namespace;
  if (!sum.enable_auto_mtls) sum.enable_auto_mtls = under.enable_auto_mtls;
  if (!sum.cluster_domain) sum.cluster_domain = under.cluster_domain;
  if (!sum.default_namespace) sum.default_namespace = under.default_namespace;
  if (!sum.separate_tis0207) sum.separate_tis0207 = under.separate_tis0207;
  sum.exclude.insert(sum.exclude.end(), under.exclude.begin(), under.exclude.end());
  sum.severity.insert(under.severity.begin(), under.severity.end());  // keeps what `over` says
  sum.limits.insert(under.limits.begin(), under.limits.end());
  return sum;
}

bool is_namespace_name(std::string_view text) {
  constexpr std::size_t kMaxLabel = 63;
  return !text.empty() && text.size() <= kMaxLabel && is_lower_or_digit(text.front()) &&
         is_lower_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_domain_name(std::string_view text) {
  constexpr std::size_t kMaxDomain = 253;
  if (text.size() > kMaxDomain) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_namespace_name(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<SeverityOverride> parse_severity_override(std::string_view text) {
  if (text == "off" || text == "false") return SeverityOverride::Off;  // YAML 1.1 tools rewrite off as false
  if (text == "hint") return SeverityOverride::Hint;
  if (text == "information" || text == "info") return SeverityOverride::Information;
  if (text == "warning") return SeverityOverride::Warning;
  if (text == "error") return SeverityOverride::Error;
  return std::nullopt;
}

}  // namespace workspace
