#include "checks/queries/mesh_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checks/engine/field_ref.h"
#include "checks/queries/effective.h"

namespace checks {

namespace {

using workspace::PolicyNode;
using workspace::ResourceId;
using workspace::ResourceNode;
using workspace::RuleNode;

using Codes = std::map<ResourceId, std::set<std::string>>;

std::string policy_id(const ResourceId& id) { return fmt::format("policy/{}/{}", id.ns, id.name); }
std::string rule_id(const ResourceId& id) {
  const bool by_backend = id.kind == workspace::Kind::BackendTLSPolicy;
  return fmt::format("{}/{}/{}", by_backend ? "backend" : "rule", id.ns, id.name);
}

std::string service_id(const EffectiveService& service) {
  return fmt::format("service/{}/{}", service.ns.empty() ? "*" : service.ns,
                     service.host.empty() ? "*" : service.host);
}

class Builder {
 public:
  Builder(const workspace::Mesh& mesh, const EffectiveMesh& effective, const Codes& codes)
      : mesh_(mesh), effective_(effective), codes_(codes) {}

  MeshGraph build() {
    graph_.name = effective_.name;
    graph_.settings = effective_.settings;
    for (const auto& [name, ns] : mesh_.graph().namespaces()) {
      if (name != workspace::kUndocumented) graph_.namespaces.push_back(name);
    }
    add_resources();
    for (const EffectiveService& service : effective_.services) add_service(service);
    return std::move(graph_);
  }

 private:
  void add_resources() {
    for (const workspace::FileEntry& file : mesh_.files()) {
      for (const auto& document : file.documents) {
        for (std::uint32_t i = 0; i < document->resources.size(); ++i) {
          const ResourceNode* node = document->resources[i];
          const workspace::Definition& first = node->definitions.front();
          if (first.document == document.get() && first.index == i) add_resource(*node);
        }
      }
    }
    const auto by_name = [](const auto& a, const auto& b) {
      return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
    };
    std::sort(graph_.policies.begin(), graph_.policies.end(), by_name);
    std::sort(graph_.rules.begin(), graph_.rules.end(), by_name);
  }

  void add_resource(const ResourceNode& node) {
    if (const auto* policy = dynamic_cast<const PolicyNode*>(&node)) {
      graph_.policies.push_back({policy_id(node.id), node.id.ns.str(), node.id.name.str(), level(*policy),
                                 workspace::mode_name(policy->policy().mode.mode),
                                 location_of(name_of(&node)), codes(node.id)});
    } else if (const auto* rule = dynamic_cast<const RuleNode*>(&node)) {
      graph_.rules.push_back({rule_id(node.id), node.id.ns.str(), node.id.name.str(), rule->host.str(),
                              location_of(name_of(&node)), codes(node.id)});
    } else if (const auto* backend = dynamic_cast<const workspace::BackendNode*>(&node)) {
      std::set<std::string> hosts;
      for (const RuleNode* made : backend->rules) {
        if (made != nullptr) hosts.insert(made->host.str());
      }
      graph_.rules.push_back({rule_id(node.id), node.id.ns.str(), node.id.name.str(),
                              fmt::format("{}", fmt::join(hosts, ", ")), location_of(name_of(&node)),
                              codes(node.id)});
    }
  }

  [[nodiscard]] PolicyLevel level(const PolicyNode& policy) const {
    if (policy.policy().has_selector()) return PolicyLevel::Workload;
    return mesh_.graph().is_root(policy.id.ns) ? PolicyLevel::Mesh : PolicyLevel::Namespace;
  }

  [[nodiscard]] std::vector<std::string> codes(const ResourceId& id) const {
    const auto at = codes_.find(id);
    if (at == codes_.end()) return {};
    return {at->second.begin(), at->second.end()};
  }

  void add_service(const EffectiveService& service) {
    GraphService made = described(service);
    const std::size_t first_edge = graph_.edges.size();
    add_deciding(service, made);
    const bool is_ruled = add_sending(service, made);
    // The one that stands for the rest is drawn where there is something to say of it.
    const bool is_known = !service.host.empty() || is_ruled || made.failing || is_only_one(service);
    if (is_known) {
      graph_.services.push_back(std::move(made));
    } else {
      graph_.edges.resize(first_edge);
    }
  }

  [[nodiscard]] GraphService described(const EffectiveService& service) const {
    GraphService made;
    made.id = service_id(service);
    made.ns = service.ns;
    made.host = service.host;
    made.name = service.host.substr(0, service.host.find('.'));
    const workspace::NamespaceNode* ns = mesh_.graph().find_namespace(service.ns);
    if (ns == nullptr) return made;
    if (const auto at = ns->services.find(service.host); at != ns->services.end()) {
      made.documented = true;
      made.at = location_of(name_of(at->second));
    }
    return made;
  }

  [[nodiscard]] bool is_only_one(const EffectiveService& service) const {
    const workspace::NamespaceNode* ns = mesh_.graph().find_namespace(service.ns);
    return ns != nullptr && ns->services.empty() && ns->rule_hosts.empty();
  }

  void add_deciding(const EffectiveService& service, GraphService& made) {
    std::set<std::string_view> modes;
    std::set<ResourceId> workloads;
    std::map<std::pair<ResourceId, std::string>, GraphEdge> edges;
    for (const EffectivePort& port : service.ports) {
      for (const EffectiveServer& server : port.servers) {
        modes.insert(server.decided.mode);
        workloads.insert(server.workloads.begin(), server.workloads.end());
        if (!server.decided.place) continue;
        const Location& place = *server.decided.place;
        GraphEdge& edge = edges[{place.id, place.path}];
        edge.from = policy_id(place.id);
        describe(edge, server.decided, port);
      }
    }
    for (auto& [key, edge] : edges) keep(std::move(edge), made.id);
    made.modes.assign(modes.begin(), modes.end());
    made.workloads = workloads.size();
  }

  // Says whether some rule decides for some clients.
  bool add_sending(const EffectiveService& service, GraphService& made) {
    std::map<std::tuple<ResourceId, std::string, std::string>, GraphEdge> edges;
    for (const EffectivePort& port : service.ports) {
      for (const EffectiveClients& clients : port.clients) {
        const bool fails = clients.failing + clients.outside > 0;
        if (fails) made.failing = true;
        if (!clients.sends.place) continue;
        const Location& place = *clients.sends.place;
        GraphEdge& edge = edges[{place.id, place.path, clients.subset}];
        edge.kind = GraphEdgeKind::Sends;
        edge.from = rule_id(place.id);
        edge.subset = clients.subset;
        edge.failing |= fails;
        edge.all_clients |= clients.all_others;
        edge.clients.insert(edge.clients.end(), clients.namespaces.begin(), clients.namespaces.end());
        describe(edge, clients.sends, port);
      }
    }
    for (auto& [key, edge] : edges) keep(std::move(edge), made.id);
    return !edges.empty();
  }

  static void describe(GraphEdge& edge, const EffectiveSource& client_config, const EffectivePort& port) {
    edge.mode = client_config.mode;
    edge.at = *client_config.place;
    if (!port.port) {
      edge.other_ports = true;
    } else if (edge.ports.empty() || edge.ports.back() != *port.port) {
      edge.ports.push_back(*port.port);
    }
  }

  void keep(GraphEdge edge, const std::string& to) {
    edge.to = to;
    std::sort(edge.ports.begin(), edge.ports.end());
    std::sort(edge.clients.begin(), edge.clients.end());
    edge.clients.erase(std::unique(edge.clients.begin(), edge.clients.end()), edge.clients.end());
    if (edge.all_clients) edge.clients.clear();
    graph_.edges.push_back(std::move(edge));
  }

  const workspace::Mesh& mesh_;
  const EffectiveMesh& effective_;
  const Codes& codes_;
  MeshGraph graph_;
};

}  // namespace

std::string_view level_name(PolicyLevel level) {
  switch (level) {
    case PolicyLevel::Mesh:
      return "mesh";
    case PolicyLevel::Namespace:
      return "namespace";
    case PolicyLevel::Workload:
      return "workload";
  }
  return "";
}

std::vector<MeshGraph> mesh_graphs(const Analysis& analysis) {
  std::map<std::string, Codes> codes;  // by mesh
  for (const Finding& finding : analysis.all_findings(0)) {
    if (finding.at.has_resource) codes[finding.mesh][finding.at.id].insert(finding.code);
  }
  const std::vector<EffectiveMesh> effective = checks::effective(analysis);
  const std::vector<MeshView> meshes = analysis.meshes();
  std::vector<MeshGraph> graphs;
  graphs.reserve(meshes.size());
  for (std::size_t i = 0; i < meshes.size(); ++i) {
    graphs.push_back(Builder(meshes[i].mesh, effective[i], codes[effective[i].name]).build());
  }
  return graphs;
}

}  // namespace checks
