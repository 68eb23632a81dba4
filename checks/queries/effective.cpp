#include "checks/queries/effective.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "checks/engine/field_ref.h"
#include "checks/queries/proxy_text.h"
#include "workspace/mesh/host_name.h"

namespace checks {

namespace {

using workspace::ClauseRef;
using workspace::MtlsMode;
using workspace::NamespaceNode;
using workspace::PolicyGraph;
using workspace::RuleGroup;
using workspace::RuleNode;
using workspace::Server;
using workspace::TargetView;

using Subset = std::pair<RuleNode*, std::int32_t>;

// Who sees which group; kUndocumented stands for all others.
struct CallerClass {
  workspace::Client client;
  workspace::Labels labels;
  const RuleGroup* group = nullptr;
  bool may_call = true;
};
using Classes = std::vector<CallerClass>;

// The servers of a port, in the groups that are shown.
struct PortServers {
  std::map<std::pair<const void*, std::int32_t>, std::size_t> groups;  // by deciding field
};

EffectiveOutsider outsider_of(const workspace::ProxyVerdict& verdict, const NamespaceNode& ns,
                              const workspace::WorkloadNode* workload) {
  EffectiveOutsider made;
  if (workload != nullptr) made.workload = workload->id;
  made.proxy = verdict.proxy;
  made.reason = proxy_reason(verdict, ns.name);
  if (const FieldRef place = reason_of(verdict.reason); place.node != nullptr)
    made.place = location_of(place);
  return made;
}

EffectiveSource source_of(const PolicyGraph::ChainLink& links) {
  return {workspace::mode_name(links.mode), location_of(mode_of(links.site))};
}

const workspace::Subset& subset_of(const Subset& subset) {
  return subset.first->rule().subsets[static_cast<std::size_t>(subset.second)];
}

class Writer {
 public:
  explicit Writer(const PolicyGraph& graph) : graph_(graph) {}

  EffectiveService service(NamespaceNode& ns, std::string_view host) const {
    const bool documented = !host.empty();
    const std::string looked_up = documented ? std::string(host)
                                             : workspace::service_host(workspace::kUndocumented, ns.name,
                                                                       graph_.settings().cluster_domain);
    const auto entries = graph_.rules().matching(looked_up, !documented);
    Classes classes;
    std::set<std::uint32_t> ports;
    const TargetView view = graph_.view_of(ns, host);
    for (const std::string_view client : client_namespaces(entries, ns.name)) {
      add_classes(client, ns.name, host, entries, classes);
    }
    for (const CallerClass& caller : classes) {
      for (const std::uint32_t port : workspace::call_ports(view.service, caller.group)) ports.insert(port);
    }
    EffectiveService made{
        ns.name == workspace::kUndocumented ? "" : ns.name, std::string(host), {}, callers_of(ns, host)};
    for (const std::uint32_t port : ports) made.ports.push_back(port_of(view, classes, port));
    const bool declared = view.service != nullptr && !view.service->ports.empty();
    if (declared || made.ports.empty()) return made;
    made.ports.front().port = *ports.begin() == 0 ? std::nullopt : made.ports.front().port;
    if (!made.ports.front().port) std::rotate(made.ports.begin(), made.ports.begin() + 1, made.ports.end());
    return made;
  }

 private:
  [[nodiscard]] std::vector<EffectiveCaller> callers_of(const NamespaceNode& ns,
                                                        std::string_view host) const {
    std::vector<EffectiveCaller> callers;
    const auto called = ns.called.find(host);
    if (called == ns.called.end()) return callers;
    for (const workspace::Remark& remark : called->second.remarks) {
      if (remark.kind != workspace::Remark::Kind::Call || !makes_calls(*remark.at)) continue;
      const bool is_refused = workspace::refuses_plaintext(remark);
      // Remarks are sorted: those of a caller follow each other.
      if (!callers.empty() && callers.back().id == remark.at->id) {
        callers.back().is_refused = callers.back().is_refused && is_refused;
      } else {
        callers.push_back({remark.at->id, location_of(name_of(remark.at)), is_refused});
      }
    }
    std::sort(callers.begin(), callers.end(), [](const EffectiveCaller& a, const EffectiveCaller& b) {
      return to_string(a.id) < to_string(b.id);
    });
    return callers;
  }

  // Of a workload with a sidecar the texts that name hosts say nothing here, and a ConfigMap calls nobody.
  [[nodiscard]] bool makes_calls(const workspace::ResourceNode& node) const {
    if (std::holds_alternative<workspace::ConfigMap>(node.resource())) return false;
    if (!std::holds_alternative<workspace::Workload>(node.resource())) return true;
    const NamespaceNode* ns = graph_.find_namespace(node.id.ns);
    return ns != nullptr && graph_.is_outside_caller(*ns, static_cast<const workspace::WorkloadNode&>(node));
  }

  // Those that may see different rules, and those with a Sidecar of their own.
  [[nodiscard]] std::vector<std::string_view> client_namespaces(
      const std::vector<const workspace::HostEntry*>& entries, std::string_view ns) const {
    auto found = graph_.rules().client_classes(entries, ns);
    for (const auto& [name, node] : graph_.namespaces()) {
      if (!node->sidecars.empty()) found.emplace_back(name);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  void add_classes(std::string_view client, std::string_view ns, std::string_view host,
                   const std::vector<const workspace::HostEntry*>& entries, Classes& classes) const {
    if (!graph_.may_call(client, ns, host)) {
      classes.push_back({{client}, {}, nullptr, false});
      return;
    }
    for (const workspace::Client& each : graph_.clients_in(client, entries)) {
      classes.push_back(
          {each, carried_labels(each, entries), graph_.rules().lookup(entries, each, ns), true});
    }
  }

  // The labels of the workloadSelectors that a client carries, together.
  static workspace::Labels carried_labels(const workspace::Client& client,
                                          const std::vector<const workspace::HostEntry*>& entries) {
    workspace::Labels labels;
    for (const workspace::HostEntry* entry : entries) {
      const workspace::HostRules* own = entry->in(client.ns);
      if (own == nullptr) continue;
      for (const RuleGroup& group : own->home) {
        const workspace::Labels* selector = group.selector();
        if (selector == nullptr || !client.carries(*selector)) continue;
        for (const auto& label : *selector) labels.push_back(label);
      }
    }
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    return labels;
  }

  // The port of a server's workload; none: it takes no part in calls to `port`.
  static std::optional<std::uint32_t> port_at(const TargetView& view, const Server& server,
                                              std::uint32_t port) {
    const auto at = workspace::workload_port(view.service, server.workload, port);
    const workspace::Workload* workload = server.workload == nullptr ? nullptr : &server.workload->workload();
    return at && workspace::takes_port(workload, *at) ? at : std::nullopt;
  }

  [[nodiscard]] EffectivePort port_of(const TargetView& view, const Classes& classes,
                                      std::uint32_t port) const {
    EffectivePort made;
    made.port = port;
    PortServers known;
    add_servers(view, port, known, made.servers);
    add_outsiders(view, port, made.outside);
    add_clients(view, classes, port, known, made.clients);
    return made;
  }

  void add_servers(const TargetView& view, std::uint32_t port, PortServers& known,
                   std::vector<EffectiveServer>& servers) const {
    for (const Server& server : graph_.servers(view, nullptr)) {
      const auto at = port_at(view, server, port);
      if (!at) continue;
      EffectiveServer made;
      made.decided.mode = "PERMISSIVE";
      std::pair<const void*, std::int32_t> site{nullptr, -1};
      for (const PolicyGraph::ChainLink& policy : graph_.policy_chain(&view.ns, server.policy, *at)) {
        if (policy.mode == MtlsMode::Unset) continue;
        if (site.first != nullptr) {
          made.overridden.push_back(source_of(policy));
          continue;
        }
        site = {policy.site.policy, policy.site.port};
        made.decided = source_of(policy);
      }
      const auto [group, is_new] = known.groups.try_emplace(site, servers.size());
      if (is_new) servers.push_back(std::move(made));
      if (server.workload != nullptr) servers[group->second].workloads.push_back(server.workload->id);
    }
  }

  void add_outsiders(const TargetView& view, std::uint32_t port,
                     std::vector<EffectiveOutsider>& outside) const {
    for (const workspace::WorkloadNode* node : view.matching) {
      const workspace::ProxyVerdict verdict = graph_.proxy_of(view.ns, node);
      if (!workspace::is_sidecar(verdict.proxy)) {
        outside.push_back(outsider_of(verdict, view.ns, node));
        continue;
      }
      const auto at = workspace::workload_port(view.service, node, port);
      if (!at || workspace::takes_port(&node->workload(), *at)) continue;
      EffectiveOutsider made;
      made.workload = node->id;
      made.reason = "port " + std::to_string(*at) + " is left out";
      const std::int32_t annotation = workspace::annotation_against(node->workload(), *at);
      if (annotation >= 0) made.place = location_of({node, Field::ProxyField, annotation, {}, 0});
      outside.push_back(std::move(made));
    }
    const bool stands_for_all = view.matching.empty() && !workspace::is_sidecar(view.ns.stand_in.proxy);
    if (stands_for_all) outside.push_back(outsider_of(view.ns.stand_in, view.ns, nullptr));
  }

  void add_clients(const TargetView& view, const Classes& classes, std::uint32_t port,
                   const PortServers& known, std::vector<EffectiveClients>& clients) const {
    using Key =
        std::tuple<std::string, workspace::Labels, bool, workspace::ClientConfigKind, const void*, ClauseRef>;
    std::vector<Key> keys;
    const auto add = [&](const CallerClass& caller, const Subset* subset) {
      const RuleGroup::Chosen chosen =
          caller.group == nullptr ? RuleGroup::Chosen{} : caller.group->clause(subset, port);
      const workspace::ClientConfig config = graph_.client_config(view, chosen, port);
      const std::string name = subset == nullptr ? "" : subset_of(*subset).name.str();
      const Key key{name, caller.labels, caller.may_call, config.kind, config.owner, config.clause};
      auto at = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
      if (at == keys.size()) {
        keys.push_back(key);
        clients.push_back(caller.may_call ? clients_of(view, config, subset, port, known)
                                          : EffectiveClients());
        clients.back().labels = caller.labels;
      }
      EffectiveClients& entry = clients[at];
      if (caller.client.ns == workspace::kUndocumented) {
        entry.all_others = true;
      } else {
        entry.namespaces.emplace_back(caller.client.ns);
      }
    };
    for (const CallerClass& caller : classes) {
      add(caller, nullptr);
      if (caller.group == nullptr) continue;
      for (const Subset& subset : caller.group->subsets) add(caller, &subset);
    }
    for (EffectiveClients& entry : clients) {
      entry.namespaces.erase(std::unique(entry.namespaces.begin(), entry.namespaces.end()),
                             entry.namespaces.end());
      if (entry.all_others) entry.namespaces.clear();
    }
  }

  [[nodiscard]] static EffectiveSource sends_of(const workspace::ClientConfig& config) {
    if (config.has_clause()) {
      const auto& rule = static_cast<const RuleNode&>(*config.owner);
      return {workspace::mode_name(rule.rule().tls(config.clause)->mode),
              location_of(tls_of(&rule, config.clause))};
    }
    const bool plaintext = config.kind == workspace::ClientConfigKind::NoClause;
    return {plaintext ? "plaintext" : "auto mTLS", std::nullopt};
  }

  [[nodiscard]] EffectiveClients clients_of(const TargetView& view, const workspace::ClientConfig& config,
                                            const Subset* subset, std::uint32_t port,
                                            const PortServers& known) const {
    EffectiveClients made;
    if (subset != nullptr) made.subset = subset_of(*subset).name;
    made.sends = sends_of(config);
    const MtlsMode ns_mode = graph_.resolve(&view.ns, nullptr, 0).mode;
    for (const Server& server :
         graph_.servers(view, subset == nullptr ? nullptr : &subset_of(*subset).labels)) {
      const auto at = port_at(view, server, port);
      if (!at) continue;
      const PolicyGraph::Resolution resolved = graph_.resolve(&view.ns, server.policy, *at);
      const bool fails = workspace::failure_of(config, resolved.mode, ns_mode) != workspace::Failure::None;
      ++made.servers;
      if (fails) ++made.failing;
      const auto group = known.groups.find({resolved.site.policy, resolved.site.port});
      if (group == known.groups.end()) continue;
      add_call({group->second, workspace::sent_by(config, resolved.mode, ns_mode), fails, 1}, made.calls);
    }
    if (made.servers == 0 && sends_mutual(config)) made.outside = outside_of(view, subset, port);
    return made;
  }

  // Whether a clause sends mTLS to servers that cannot end it; of MUTUAL for one service nobody knows.
  static bool sends_mutual(const workspace::ClientConfig& config) {
    if (config.kind != workspace::ClientConfigKind::Clause) return false;
    const auto& rule = static_cast<const RuleNode&>(*config.owner);
    const workspace::TlsMode mode = rule.rule().tls(config.clause)->mode;
    return mode == workspace::TlsMode::IstioMutual ||
           (mode == workspace::TlsMode::Mutual && workspace::is_wildcard(rule.host));
  }

  // The workloads that a call reaches, if all of the service are without a sidecar.
  [[nodiscard]] std::size_t outside_of(const TargetView& view, const Subset* subset,
                                       std::uint32_t port) const {
    if (view.service != nullptr &&
        (!view.selects() || view.service->type == workspace::ServiceType::ExternalName)) {
      return 0;
    }
    if (view.matching.empty()) return workspace::is_outside(view.ns.stand_in.proxy) ? 1 : 0;
    std::size_t count = 0;
    for (const workspace::WorkloadNode* node : view.matching) {
      if (!workspace::is_outside(graph_.proxy_of(view.ns, node).proxy)) return 0;
      const bool in_subset =
          subset == nullptr || workspace::is_subset(subset_of(*subset).labels, node->workload().labels);
      if (in_subset && workspace::workload_port(view.service, node, port)) ++count;
    }
    return count;
  }

  static void add_call(const EffectiveCall& call, std::vector<EffectiveCall>& calls) {
    const auto same = std::find_if(calls.begin(), calls.end(), [&call](const EffectiveCall& other) {
      return other.server == call.server && other.sends == call.sends && other.fails == call.fails;
    });
    if (same == calls.end()) {
      calls.push_back(call);
    } else {
      ++same->workloads;
    }
  }

  const PolicyGraph& graph_;
};

}  // namespace

std::optional<EffectiveService> effective_service(const workspace::Mesh& mesh, const std::string& ns,
                                                  const std::string& host) {
  const auto at = mesh.graph().namespaces().find(ns);
  if (at == mesh.graph().namespaces().end()) return std::nullopt;
  if (!at->second->services.contains(host) && !at->second->rule_hosts.contains(host)) return std::nullopt;
  return Writer(mesh.graph()).service(*at->second, host);
}

// ---------------------------------------------------------------- one mesh

EffectiveServices::EffectiveServices(const workspace::Mesh& mesh)
    : graph_(&mesh.graph()), ns_(graph_->namespaces().begin()) {
  enter_namespace();
}

void EffectiveServices::enter_namespace() {
  if (ns_ != graph_->namespaces().end() && ns_->first == workspace::kUndocumented) ++ns_;
  if (ns_ == graph_->namespaces().end()) return;
  rule_host_ = ns_->second->rule_hosts.begin();
  service_ = ns_->second->services.begin();
}

std::optional<std::string_view> EffectiveServices::next_host() {
  const bool has_rule_host = rule_host_ != ns_->second->rule_hosts.end();
  const bool has_service = service_ != ns_->second->services.end();
  if (!has_rule_host && !has_service) return std::nullopt;
  const std::strong_ordering order = !has_rule_host ? std::strong_ordering::greater
                                     : !has_service ? std::strong_ordering::less
                                                    : rule_host_->first <=> service_->first;
  const std::string_view host = order > 0 ? service_->first.view() : rule_host_->first.view();
  if (order <= 0) ++rule_host_;
  if (order >= 0) ++service_;
  return host;
}

std::optional<EffectiveService> EffectiveServices::next() {
  const Writer writer(*graph_);
  if (ns_ == graph_->namespaces().end()) {
    const auto undocumented = graph_->namespaces().find(workspace::kUndocumented);
    if (!std::exchange(undocumented_left_, false) || undocumented == graph_->namespaces().end())
      return std::nullopt;
    return writer.service(*undocumented->second, "");
  }
  NamespaceNode& ns = *ns_->second;
  if (const auto host = next_host()) return writer.service(ns, *host);
  ++ns_;
  enter_namespace();
  return writer.service(ns, "");
}

std::vector<EffectiveMesh> effective(const Analysis& analysis) {
  std::vector<EffectiveMesh> meshes;
  for (const MeshView& view : analysis.meshes()) {
    EffectiveMesh& made = meshes.emplace_back(EffectiveMesh{head_of(view), {}});
    EffectiveServices services(view.mesh);
    while (auto service = services.next()) made.services.push_back(*std::move(service));
  }
  return meshes;
}

}  // namespace checks
