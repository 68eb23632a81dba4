#include "checks/queries/proxy_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <variant>

namespace checks {

std::string proxy_reason(const workspace::ProxyVerdict& verdict, std::string_view ns) {
  const workspace::ProxyReason& reason = verdict.reason;
  switch (reason.kind) {
    case workspace::ProxyReasonKind::SystemNamespace:
      return fmt::format("namespace {}", ns);
    case workspace::ProxyReasonKind::HostNetwork:
      return "hostNetwork: true";
    case workspace::ProxyReasonKind::Gateway:
      return "a gateway, by " + to_string(reason.node->id);
    case workspace::ProxyReasonKind::Unlabelled:
      return fmt::format("presumably, as namespace {} has no injection label", ns);
    case workspace::ProxyReasonKind::Field: {
      const auto* document = std::get_if<workspace::Namespace>(&reason.node->resource());
      const auto& fields = document != nullptr
                               ? document->fields
                               : std::get<workspace::Workload>(reason.node->resource()).fields;
      const workspace::ProxyField& field = fields[static_cast<std::size_t>(reason.field)];
      return fmt::format("{}{}: {}",
                         document != nullptr ? fmt::format("namespace {} is labelled ", ns) : std::string(),
                         setting_key(field.setting), field.value.value.view());
    }
    case workspace::ProxyReasonKind::Seen:
      return "as seen on the pod";
    case workspace::ProxyReasonKind::None:
    case workspace::ProxyReasonKind::Entry:
      return "";
  }
  return "";
}

std::string describe_proxy(workspace::Proxy proxy, std::string_view reason) {
  const auto with_reason = [reason](std::string_view text) {
    return reason.empty() ? std::string(text) : fmt::format("{}: {}", text, reason);
  };
  switch (proxy) {
    case workspace::Proxy::Sidecar:
    case workspace::Proxy::PresumedSidecar:
      return "";
    case workspace::Proxy::Gateway:
      return with_reason("gateway");
    case workspace::Proxy::Ambient:
      return with_reason("ambient");
    case workspace::Proxy::Outside:
    case workspace::Proxy::PresumedOutside:
      return with_reason("no sidecar");
  }
  return "";
}

std::string describe_proxy(const workspace::ProxyVerdict& verdict, std::string_view ns) {
  return describe_proxy(verdict.proxy, proxy_reason(verdict, ns));
}

}  // namespace checks
