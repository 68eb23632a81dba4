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

std::string policy_id(const ResourceId& id) { return fmt::format("policy/{}/{}", id.ns, id.name); }
std::string rule_id(const ResourceId& id) {
  const bool by_backend = id.kind == workspace::Kind::BackendTLSPolicy;
  return fmt::format("{}/{}/{}", by_backend ? "backend" : "rule", id.ns, id.name);
}

std::string service_id(const EffectiveService& service) {
  return fmt::format("service/{}/{}", service.ns.empty() ? "*" : service.ns,
                     service.host.empty() ? "*" : service.host);
}

}  // namespace

// One mesh: its files, then its policies and rules by name, then its services.
class MeshGraphWalk::MeshWalk {
 public:
  MeshWalk(const Analysis& analysis, const MeshView& view, MeshGraphSink& sink)
      : analysis_(analysis),
        view_(view),
        mesh_(view.mesh),
        sink_(sink),
        file_(mesh_.files().begin()),
        services_(mesh_) {
    sink_.begin_mesh(head_of(view));
    for (const auto& [name, ns] : mesh_.graph().namespaces()) {
      if (name != workspace::kUndocumented) sink_.add_namespace(name);
    }
  }

  bool step() {
    if (file_ != mesh_.files().end()) {
      add_file(*file_);
      ++file_;
      return true;
    }
    if (!nodes_.empty()) {
      const ResourceNode& node = *nodes_.begin()->second;
      nodes_.erase(nodes_.begin());
      add_resource(node);
      return true;
    }
    if (const auto service = services_.next()) {
      add_service(*service);
      return true;
    }
    sink_.end_mesh();
    return false;
  }

 private:
  using ByName = std::tuple<workspace::Kind, std::string_view, std::string_view>;  // kind, namespace, name

  void add_file(const workspace::FileEntry& file) {
    for (const auto& document : file.documents) {
      for (std::uint32_t i = 0; i < document->resources.size(); ++i) {
        const ResourceNode* node = document->resources[i];
        const workspace::Definition& first = node->definitions.front();
        const bool drawn = node->id.kind == workspace::Kind::PeerAuthentication ||
                           node->id.kind == workspace::Kind::DestinationRule ||
                           node->id.kind == workspace::Kind::BackendTLSPolicy;
        if (drawn && first.document == document.get() && first.index == i)
          nodes_.emplace(ByName{node->id.kind, node->id.ns.view(), node->id.name.view()}, node);
      }
    }
    for (const Finding& finding : analysis_.findings(file.path.str(), 0)) {
      if (finding.at.has_resource && finding.mesh == view_.name) codes_[finding.at.id].insert(finding.code);
    }
  }

  void add_resource(const ResourceNode& node) {
    if (const auto* policy = workspace::node_cast<PolicyNode>(&node)) {
      sink_.add(GraphPolicy{policy_id(node.id), node.id.ns.str(), node.id.name.str(), level(*policy),
                            workspace::mode_name(policy->policy().mode.mode), location_of(name_of(&node)),
                            codes(node.id)});
    } else if (const auto* rule = workspace::node_cast<RuleNode>(&node)) {
      sink_.add(GraphRule{rule_id(node.id), node.id.ns.str(), node.id.name.str(), rule->host.str(),
                          location_of(name_of(&node)), codes(node.id)});
    } else if (const auto* backend = workspace::node_cast<workspace::BackendNode>(&node)) {
      std::set<std::string> hosts;
      for (const RuleNode* made : backend->rules) {
        if (made != nullptr) hosts.insert(made->host.str());
      }
      sink_.add(GraphRule{rule_id(node.id), node.id.ns.str(), node.id.name.str(),
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
    edges_.clear();
    add_deciding(service, made);
    const bool is_ruled = add_sending(service, made);
    // The one that stands for the rest is drawn where there is something to say of it.
    const bool is_known = !service.host.empty() || is_ruled || made.failing || is_only_one(service);
    if (!is_known) return;
    sink_.add(std::move(made));
    for (GraphEdge& edge : edges_) sink_.add(std::move(edge));
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
    std::set<std::string> outside;
    std::map<std::pair<ResourceId, std::string>, GraphEdge> edges;
    for (const EffectivePort& port : service.ports) {
      for (const EffectiveOutsider& outsider : port.outside) outside.insert(summary_of(outsider));
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
    made.outside.assign(outside.begin(), outside.end());
  }

  // Says whether some rule decides for some clients.
  bool add_sending(const EffectiveService& service, GraphService& made) {
    // What works and what fails of one clause are two edges.
    std::map<std::tuple<ResourceId, std::string, std::string, bool>, GraphEdge> edges;
    for (const EffectivePort& port : service.ports) {
      for (const EffectiveClients& clients : port.clients) {
        const bool fails = clients.failing + clients.outside > 0;
        if (fails) made.failing = true;
        if (!clients.sends.place) continue;
        const Location& place = *clients.sends.place;
        GraphEdge& edge = edges[{place.id, place.path, clients.subset, fails}];
        edge.kind = GraphEdgeKind::Sends;
        edge.from = rule_id(place.id);
        edge.subset = clients.subset;
        edge.failing = fails;
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
    edges_.push_back(std::move(edge));
  }

  const Analysis& analysis_;
  const MeshView view_;
  const workspace::Mesh& mesh_;
  MeshGraphSink& sink_;
  workspace::PathMap<workspace::FileEntry>::Iterator file_;
  std::multimap<ByName, const ResourceNode*> nodes_;  // resources without a name share one
  std::map<ResourceId, std::set<std::string>> codes_;
  EffectiveServices services_;
  std::vector<GraphEdge> edges_;  // of the present service
};

MeshGraphWalk::MeshGraphWalk(const Analysis& analysis, MeshGraphSink& sink)
    : analysis_(analysis), sink_(sink), meshes_(analysis.meshes()) {
  for (const MeshView& view : meshes_) total_ += 2 * view.mesh.files().size();
}

MeshGraphWalk::~MeshGraphWalk() = default;

bool MeshGraphWalk::step() {
  if (walk_ == nullptr) {
    if (next_mesh_ == meshes_.size()) return false;
    walk_ = std::make_unique<MeshWalk>(analysis_, meshes_[next_mesh_++], sink_);
    return true;
  }
  ++done_;
  if (!walk_->step()) walk_ = nullptr;
  return true;
}

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

namespace {

class Collector : public MeshGraphSink {
 public:
  void begin_mesh(const MeshHead& head) override {
    graphs.emplace_back();
    graphs.back().head = head;
  }
  void add_namespace(std::string_view name) override { graphs.back().namespaces.emplace_back(name); }
  void add(GraphService service) override { graphs.back().services.push_back(std::move(service)); }
  void add(GraphPolicy policy) override { graphs.back().policies.push_back(std::move(policy)); }
  void add(GraphRule rule) override { graphs.back().rules.push_back(std::move(rule)); }
  void add(GraphEdge edge) override { graphs.back().edges.push_back(std::move(edge)); }
  void end_mesh() override {}

  std::vector<MeshGraph> graphs;
};

}  // namespace

std::vector<MeshGraph> mesh_graphs(const Analysis& analysis) {
  Collector collector;
  MeshGraphWalk walk(analysis, collector);
  while (walk.step()) {
  }
  return std::move(collector.graphs);
}

}  // namespace checks
