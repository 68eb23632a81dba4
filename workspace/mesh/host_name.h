// Hosts of DestinationRules and Services: short names, FQDNs, wildcards.
// Source: docs/design/mtls-semantics.md, section 4 "Host" and section 7 "Mesh-wide host".
#pragma once

#include <string>
#include <string_view>

namespace workspace {

inline bool is_wildcard(std::string_view host) { return host.starts_with('*'); }

// No dot and not `*`: `<host>.<ns>.svc.<domain>`; anything else as written.
std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain);

// `<service>.<ns>.svc.<domain>`.
std::string service_host(std::string_view service, std::string_view ns, std::string_view domain);

// By suffix for a wildcard, else equal.
bool host_matches(std::string_view pattern, std::string_view host);

// Matches every `x.y.svc.<domain>`: `*`, or starts with `*.`.
bool is_mesh_wide(std::string_view host, std::string_view domain);

// N of `….N.svc.<domain>`, of a wildcard too; empty if the host has another form.
std::string_view namespace_of_host(std::string_view host, std::string_view domain);

}  // namespace workspace
