#include "cli/effective_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "workspace/base/spelling.h"

namespace cli {
namespace {

using checks::EffectiveClients;
using checks::EffectiveMesh;
using checks::EffectivePort;
using checks::EffectiveService;

// "ledger" and "ledger.payments" name ledger.payments.svc.cluster.local; a host of another form is named
// whole.
bool is_named(const EffectiveService& service, std::string_view name) {
  if (service.host.empty()) return false;
  if (service.host == name) return true;
  return service.host.starts_with(name) &&
         (std::string_view(service.host)
              .substr(name.size())
              .starts_with(fmt::format(".{}.svc.", service.ns)) ||
          (name.ends_with("." + service.ns) &&
           std::string_view(service.host).substr(name.size()).starts_with(".svc.")));
}

std::optional<workspace::Error> find_named(const EffectiveFilter& filter,
                                           const std::vector<EffectiveMesh>& meshes) {
  std::set<std::string_view> namespaces;
  std::set<std::string_view> services;
  for (const EffectiveMesh& mesh : meshes) {
    for (const EffectiveService& service : mesh.services) {
      namespaces.insert(service.ns);
      if (!service.host.empty()) services.insert(short_name(service));
    }
  }
  for (const std::string& name : filter.namespaces) {
    if (namespaces.contains(name)) continue;
    const std::vector<std::string_view> known(namespaces.begin(), namespaces.end());
    return workspace::Error{
        fmt::format("no document is in namespace '{}'{}", name, workspace::did_you_mean(name, known))};
  }
  for (const std::string& name : filter.services) {
    const bool is_known = std::any_of(meshes.begin(), meshes.end(), [&](const EffectiveMesh& mesh) {
      return std::any_of(mesh.services.begin(), mesh.services.end(),
                         [&](const EffectiveService& service) { return is_named(service, name); });
    });
    if (is_known) continue;
    const std::vector<std::string_view> known(services.begin(), services.end());
    return workspace::Error{fmt::format("neither a document nor a rule names service '{}'{}", name,
                                        workspace::did_you_mean(name, known))};
  }
  return std::nullopt;
}

}  // namespace

std::string_view short_name(const EffectiveService& service) {
  const std::string_view host = service.host;
  const std::size_t end = host.find(fmt::format(".{}.svc.", service.ns));
  return host.substr(0, end);
}

bool fails(const EffectivePort& port) {
  return std::any_of(port.clients.begin(), port.clients.end(), [](const EffectiveClients& clients) {
    return clients.failing > 0 || (clients.servers == 0 && clients.outside > 0);
  });
}

bool fails(const EffectiveService& service) {
  return std::any_of(service.ports.begin(), service.ports.end(),
                     [](const EffectivePort& port) { return fails(port); }) ||
         std::any_of(service.callers.begin(), service.callers.end(),
                     [](const checks::EffectiveCaller& caller) { return caller.is_refused; });
}

std::optional<workspace::Error> keep(const EffectiveFilter& filter, std::vector<EffectiveMesh>& meshes) {
  if (auto error = find_named(filter, meshes)) return error;
  const auto is_one_of = [](const std::vector<std::string>& names, const auto& matches) {
    return names.empty() || std::any_of(names.begin(), names.end(), matches);
  };
  for (EffectiveMesh& mesh : meshes) {
    std::erase_if(mesh.services, [&](const EffectiveService& service) {
      return !is_one_of(filter.namespaces, [&](const std::string& ns) { return service.ns == ns; }) ||
             !is_one_of(filter.services, [&](const std::string& name) { return is_named(service, name); }) ||
             (filter.failing && !fails(service));
    });
    if (!filter.failing) continue;
    for (EffectiveService& service : mesh.services) {
      std::erase_if(service.ports, [](const EffectivePort& port) { return !fails(port); });
      std::erase_if(service.callers,
                    [](const checks::EffectiveCaller& caller) { return !caller.is_refused; });
    }
  }
  return std::nullopt;
}

}  // namespace cli
