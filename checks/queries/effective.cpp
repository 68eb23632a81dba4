#include "checks/queries/effective.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checks/engine/field_ref.h"
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
using Classes = std::vector<std::pair<std::string_view, const RuleGroup*>>;

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
    for (const std::string_view client : graph_.rules().client_classes(entries, ns.name)) {
      const RuleGroup* group = graph_.rules().lookup(entries, client, ns.name);
      classes.emplace_back(client, group);
      for (const std::uint32_t port : workspace::call_ports(view.service, group)) ports.insert(port);
    }
    EffectiveService made{ns.name == workspace::kUndocumented ? "" : ns.name, std::string(host), {}};
    const std::uint32_t other = *ports.begin();
    for (const std::uint32_t port : ports) made.ports.push_back(port_of(view, classes, port));
    made.ports.front().port = other == 0 ? std::nullopt : made.ports.front().port;
    if (!made.ports.front().port) std::rotate(made.ports.begin(), made.ports.begin() + 1, made.ports.end());
    return made;
  }

 private:
  [[nodiscard]] std::vector<PolicyGraph::ChainLink> policy_chain(const TargetView& view, const Server& server,
                                                                 std::uint32_t port) const {
    const std::uint32_t at = workspace::workload_port(view.service, server.workload, port);
    return graph_.policy_chain(&view.ns, server.policy, at);
  }

  [[nodiscard]] EffectivePort port_of(const TargetView& view, const Classes& classes,
                                      std::uint32_t port) const {
    EffectivePort made;
    made.port = port;
    add_servers(view, port, made.servers);
    add_clients(view, classes, port, made.clients);
    return made;
  }

  void add_servers(const TargetView& view, std::uint32_t port, std::vector<EffectiveServer>& servers) const {
    std::map<std::pair<const void*, std::int32_t>, std::size_t> known;
    for (const Server& server : graph_.servers(view, nullptr)) {
      EffectiveServer made;
      made.decided.mode = "PERMISSIVE";
      std::pair<const void*, std::int32_t> site{nullptr, -1};
      for (const PolicyGraph::ChainLink& policy : policy_chain(view, server, port)) {
        if (policy.mode == MtlsMode::Unset) continue;
        if (site.first != nullptr) {
          made.overridden.push_back(source_of(policy));
          continue;
        }
        site = {policy.site.policy, policy.site.port};
        made.decided = source_of(policy);
      }
      const auto [at, is_new] = known.try_emplace(site, servers.size());
      if (is_new) servers.push_back(std::move(made));
      if (server.workload != nullptr) servers[at->second].workloads.push_back(server.workload->id);
    }
  }

  void add_clients(const TargetView& view, const Classes& classes, std::uint32_t port,
                   std::vector<EffectiveClients>& clients) const {
    std::map<std::tuple<std::string, const void*, ClauseRef>, std::size_t> known;
    const auto add = [&](std::string_view client, const RuleGroup* group, const Subset* subset) {
      const RuleGroup::Chosen chosen = group == nullptr ? RuleGroup::Chosen{} : group->clause(subset, port);
      const std::string name = subset == nullptr ? "" : subset_of(*subset).name.str();
      const auto [at, is_new] = known.try_emplace({name, chosen.rule, chosen.clause}, clients.size());
      if (is_new) clients.push_back(clients_of(view, chosen, subset, port));
      EffectiveClients& entry = clients[at->second];
      if (client == workspace::kUndocumented) {
        entry.all_others = true;
      } else {
        entry.namespaces.emplace_back(client);
      }
    };
    for (const auto& [client, group] : classes) {
      add(client, group, nullptr);
      if (group == nullptr) continue;
      for (const Subset& subset : group->subsets) add(client, group, &subset);
    }
    for (EffectiveClients& entry : clients) {
      if (entry.all_others) entry.namespaces.clear();
    }
  }

  [[nodiscard]] EffectiveClients clients_of(const TargetView& view, const RuleGroup::Chosen& chosen,
                                            const Subset* subset, std::uint32_t port) const {
    EffectiveClients made;
    if (subset != nullptr) made.subset = subset_of(*subset).name;
    const workspace::ClientTls* tls =
        chosen.rule == nullptr ? nullptr : chosen.rule->rule().tls(chosen.clause);
    if (tls != nullptr && tls->mode != workspace::TlsMode::Invalid) {
      made.sends = {workspace::mode_name(tls->mode), location_of(tls_of(chosen.rule, chosen.clause))};
    } else {
      made.sends.mode = graph_.settings().enable_auto_mtls ? "auto mTLS" : "plaintext";
    }
    for (const Server& server :
         graph_.servers(view, subset == nullptr ? nullptr : &subset_of(*subset).labels)) {
      const std::uint32_t at = workspace::workload_port(view.service, server.workload, port);
      const MtlsMode mode = graph_.resolve(&view.ns, server.policy, at).mode;
      ++made.servers;
      if (graph_.evaluate_call(chosen.rule, chosen.clause, mode) != workspace::Failure::None) ++made.failing;
    }
    return made;
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
    EffectiveMesh& made =
        meshes.emplace_back(EffectiveMesh{std::string(view.name), view.mesh.graph().settings(), {}});
    EffectiveServices services(view.mesh);
    while (auto service = services.next()) made.services.push_back(*std::move(service));
  }
  return meshes;
}

}  // namespace checks
