#include "checks/callers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "checks/conflicts.h"
#include "workspace/mesh/host_name.h"

namespace checks {

namespace {

using workspace::PolicyGraph;
using workspace::Reached;
using workspace::Remark;
using workspace::ResourceNode;

// The calls of one reference to one Service, or to pods.
struct Call {
  std::vector<FieldRef> modes;
  bool is_refused = true;
};

}  // namespace

std::map<std::int32_t, RefusedCall> refused_calls(const PolicyGraph& graph, const ResourceNode& caller,
                                                  bool to_services) {
  std::map<std::pair<std::int32_t, const ResourceNode*>, Call> calls;
  for (const Remark& remark : graph.remarks(caller)) {
    if (remark.kind != Remark::Kind::Call || (remark.other != nullptr) != to_services) continue;
    Call& call = calls[{remark.index, remark.other}];
    if (!workspace::refuses_plaintext(remark)) {
      call.is_refused = false;
    } else {
      call.modes.push_back(mode_of(remark.chain->site));
    }
  }
  std::map<std::int32_t, RefusedCall> refused;
  for (auto& [key, call] : calls) {
    if (!call.is_refused) continue;
    RefusedCall& at = refused[key.first];
    const bool is_first = at.service == nullptr ||
                          (key.second != nullptr && to_string(key.second->id) < to_string(at.service->id));
    if (is_first) at.service = key.second;
    at.modes.insert(at.modes.end(), call.modes.begin(), call.modes.end());
  }
  for (auto& [index, call] : refused) sort_unique(call.modes);
  return refused;
}

void report_refused(CheckContext& context, const Check& check, const FieldRef& at, RefusedCall call,
                    std::string_view what) {
  StoredFinding& finding = context.report(check, at,
                                          fmt::format("{}: {}, but {} is STRICT", to_string(at.node->id),
                                                      what, to_string(call.modes.front().node->id)));
  finding.related = std::move(call.modes);
}

void open_ports_of(FixContext& context, const workspace::NamespaceNode& ns,
                   const std::vector<Reached>& reached, const workspace::Labels& selector,
                   std::string_view name) {
  if (reached.empty() || selector.empty() || context.graph().is_root(ns.name)) return;
  const workspace::PolicyNode* policy = context.graph().workload_policy(ns, *reached.front().workload);
  std::set<std::uint32_t> ports;
  for (const Reached& each : reached) {
    if (each.port == 0 || context.graph().workload_policy(ns, *each.workload) != policy) return;
    ports.insert(each.port);
  }
  context.open_ports({policy, ns.name, selector, {ports.begin(), ports.end()}, std::string(name)});
}

void open_called_port(FixContext& context) {
  const PolicyGraph& graph = context.graph();
  const FieldRef& at = context.finding().at;
  std::set<const ResourceNode*> services;
  for (const Remark& remark : graph.remarks(*at.node)) {
    const bool is_ours =
        remark.kind == Remark::Kind::Call && remark.index == at.entry && workspace::refuses_plaintext(remark);
    if (is_ours && remark.other != nullptr) services.insert(remark.other);
  }
  if (services.size() != 1) return;
  const auto& service = static_cast<const workspace::ServiceNode&>(**services.begin());
  const auto ns = graph.namespaces().find(service.id.ns);
  if (ns == graph.namespaces().end()) return;
  const auto view = graph.view_of(
      *ns->second, workspace::service_host(service.id.name, service.id.ns, graph.settings().cluster_domain));
  for (const workspace::CallerRef& ref : graph.caller_index().calls_to(service)) {
    if (ref.node != at.node || ref.index != at.entry) continue;
    return open_ports_of(context, *ns->second, PolicyGraph::reached_by(ref, view), service.service().selector,
                         service.id.name);
  }
}

}  // namespace checks
