// Callers that have no certificate of the mesh: which of their calls are refused, and how to let them in
// (docs/design/mtls-semantics.md, section 7, MTLS0201 to MTLS0205).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/check_context.h"

namespace checks {

struct RefusedCall {
  const workspace::ResourceNode* service = nullptr;  // the first by name; null: pods, past any Service
  std::vector<FieldRef> modes;                       // that refuse it; sorted, unique
};

// By the caller's reference; those to Services, or those past them.
std::map<std::int32_t, RefusedCall> refused_calls(const workspace::PolicyGraph& graph,
                                                  const workspace::ResourceNode& caller, bool to_services);

// Reports one call at `at`. The message is "<caller>: <what>, but <policy> is STRICT".
void report_refused(CheckContext& context, const Check& check, const FieldRef& at, RefusedCall call,
                    std::string_view what);

// Opens the ports that these workloads are called on, if one policy decides for all.
// `selector` is for a policy to insert, by that name.
void open_ports_of(FixContext& context, const workspace::NamespaceNode& ns,
                   const std::vector<workspace::Reached>& reached, const workspace::Labels& selector,
                   std::string_view name);
// Likewise, of the Service that the finding's reference reaches, if it is one.
void open_called_port(FixContext& context);

}  // namespace checks
