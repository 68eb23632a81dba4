// Which services `effective` shows. Pure functions on what is in force.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/queries/effective.h"
#include "workspace/base/result.h"

namespace cli {

struct EffectiveFilter {
  bool failing = false;                 // only ports at which calls fail, and the services that have any
  std::vector<std::string> namespaces;  // empty: all
  std::vector<std::string> services;    // names, NAME.NAMESPACE or hosts; empty: all
  [[nodiscard]] bool is_set() const { return failing || !namespaces.empty() || !services.empty(); }
};

// Reports whether any call at a port, or to a service, fails.
bool fails(const checks::EffectivePort& port);
bool fails(const checks::EffectiveService& service);

// "ledger" of ledger.payments.svc.cluster.local; a host of another form whole.
std::string_view short_name(const checks::EffectiveService& service);

// Leaves what the filter lets through. An Error: a namespace or service that it names is in no mesh.
std::optional<workspace::Error> keep(const EffectiveFilter& filter,
                                     std::vector<checks::EffectiveMesh>& meshes);

}  // namespace cli
