#include "workspace/config/settings.h"

#include <algorithm>

namespace workspace {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Settings layered(const Settings& over, const Settings& base) {
  Settings merged = over;
  if (!merged.root_namespace) merged.root_namespace = base.root_namespace;
  if (!merged.enable_auto_mtls) merged.enable_auto_mtls = base.enable_auto_mtls;
  if (!merged.cluster_domain) merged.cluster_domain = base.cluster_domain;
  if (!merged.default_rule_export_to) merged.default_rule_export_to = base.default_rule_export_to;
  if (!merged.default_namespace) merged.default_namespace = base.default_namespace;
  if (!merged.separate_tis0207) merged.separate_tis0207 = base.separate_tis0207;
  merged.exclude.insert(merged.exclude.end(), base.exclude.begin(), base.exclude.end());
  merged.severity.insert(base.severity.begin(), base.severity.end());  // keeps what `over` says
  merged.limits.insert(base.limits.begin(), base.limits.end());
  if (!merged.follow_links) merged.follow_links = base.follow_links;
  if (!merged.helm) merged.helm = base.helm;
  if (merged.charts.empty()) merged.charts = base.charts;
  if (!merged.cluster.is_set()) {
    const bool asks_none = merged.cluster.asks_no_cluster;
    merged.cluster = base.cluster;
    merged.cluster.asks_no_cluster |= asks_none;
    if (asks_none) merged.cluster.context.clear();
  }
  return merged;
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

bool is_release_name(std::string_view text) {
  constexpr std::size_t kMaxRelease = 53;
  return text.size() <= kMaxRelease && is_domain_name(text);
}

bool is_context_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

bool is_export(std::string_view text) { return text == "." || text == "*" || is_namespace_name(text); }

std::optional<SeverityOverride> parse_severity_override(std::string_view text) {
  if (text == "off" || text == "false") return SeverityOverride::Off;  // YAML 1.1 tools rewrite off as false
  if (text == "hint") return SeverityOverride::Hint;
  if (text == "information" || text == "info") return SeverityOverride::Information;
  if (text == "warning") return SeverityOverride::Warning;
  if (text == "error") return SeverityOverride::Error;
  return std::nullopt;
}

}  // namespace workspace
