#include "workspace/mesh/host_name.h"

namespace workspace {

std::string service_host(std::string_view service, std::string_view ns, std::string_view domain) {
  std::string host;
  host.reserve(service.size() + ns.size() + domain.size() + 6);
  return host.append(service).append(".").append(ns).append(".svc.").append(domain);
}

std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain) {
  if (host.empty() || host == "*" || host.find('.') != std::string_view::npos) return std::string(host);
  return service_host(host, ns, domain);
}

bool host_matches(std::string_view pattern, std::string_view host) {
  return is_wildcard(pattern) ? host.ends_with(pattern.substr(1)) : pattern == host;
}

bool is_mesh_wide(std::string_view host, std::string_view domain) {
  if (host == "*") return true;
  if (!host.starts_with("*.")) return false;
  return (std::string(".svc.") + std::string(domain)).ends_with(host.substr(1));
}

std::string_view namespace_of_host(std::string_view host, std::string_view domain) {
  constexpr std::string_view kService = ".svc.";
  if (!host.ends_with(domain)) return {};
  host.remove_suffix(domain.size());
  if (!host.ends_with(kService)) return {};
  host.remove_suffix(kService.size());
  const std::size_t dot = host.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : host.substr(dot + 1);
}

}  // namespace workspace
