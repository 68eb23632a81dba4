// The policy graph of a mesh as people draw it: services by namespace, the policies that decide what their
// servers accept, the rules that decide what their clients send. Made from what `effective` tells and the
// findings, so that the picture can't disagree with either. Costs as much as the mesh is large.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/finding.h"
#include "checks/queries/mesh_head.h"

namespace checks {

struct GraphService {
  std::string id;              // "service/foo/a.foo.svc.cluster.local"; unique in the mesh, as all ids are
  std::string ns;              // empty: stands for services in namespaces that no document shows
  std::string host;            // empty: stands for the namespace's services in no document
  std::string name;            // the host's first label
  std::optional<Location> at;  // none: no Service document, or its name is gone from a broken one
  bool documented = false;
  std::vector<std::string_view> modes;  // of its servers, over all ports: sorted, unique; empty: no sidecar
  std::size_t workloads = 0;            // known ones with a sidecar
  std::vector<std::string> outside;  // why others take no part: "no sidecar: namespace kube-system"; sorted,
                                     // unique
  bool failing = false;              // some call to it fails
};

enum class PolicyLevel : std::uint8_t { Mesh, Namespace, Workload };
std::string_view level_name(PolicyLevel level);

struct GraphPolicy {
  std::string id;  // "policy/foo/default"
  std::string ns;
  std::string name;
  PolicyLevel level = PolicyLevel::Namespace;
  std::string_view mode;  // spec.mtls.mode
  std::optional<Location> at;
  std::vector<std::string> codes;  // of the findings shown at it: sorted, unique
};

struct GraphRule {
  std::string id;  // "rule/foo/a"
  std::string ns;
  std::string name;
  std::string host;  // resolved
  std::optional<Location> at;
  std::vector<std::string> codes;
};

enum class GraphEdgeKind : std::uint8_t { Decides, Sends };

// A policy's mode in force for some port of a service, or a clause in force for some clients of it.
struct GraphEdge {
  GraphEdgeKind kind = GraphEdgeKind::Decides;
  std::string from;  // a policy's or a rule's id
  std::string to;    // a service's id
  std::string_view mode;
  std::vector<std::uint32_t> ports;  // sorted
  bool other_ports = false;          // and those not named
  std::string subset;                // Sends; empty: none
  std::vector<std::string> clients;  // Sends: their namespaces, sorted, unless from all
  bool all_clients = false;          // Sends: every namespace that has no edge of its own
  bool failing = false;              // Sends: some call fails
  Location at;                       // the field that says the mode
};

struct MeshGraph {
  MeshHead head;
  std::vector<std::string> namespaces;  // known ones, sorted
  std::vector<GraphService> services;   // by namespace and host
  std::vector<GraphPolicy> policies;    // by namespace and name
  std::vector<GraphRule> rules;         // by namespace and name
  std::vector<GraphEdge> edges;         // by service, policies' before rules'
};

// Receives the parts of a graph: of each mesh first its beginning, then its parts in any order (those of one
// kind in the order of MeshGraph), then its end.
class MeshGraphSink {
 public:
  virtual ~MeshGraphSink() = default;
  virtual void begin_mesh(const MeshHead& head) = 0;
  virtual void add_namespace(std::string_view name) = 0;
  virtual void add(GraphService service) = 0;
  virtual void add(GraphPolicy policy) = 0;
  virtual void add(GraphRule rule) = 0;
  virtual void add(GraphEdge edge) = 0;
  virtual void end_mesh() = 0;
};

// Draws the graphs of all meshes part by part, so that work that costs with the workspace can stop after
// each. `analysis` must not change meanwhile, and outlives it with `sink`.
class MeshGraphWalk {
 public:
  MeshGraphWalk(const Analysis& analysis, MeshGraphSink& sink);
  ~MeshGraphWalk();
  MeshGraphWalk(const MeshGraphWalk&) = delete;
  MeshGraphWalk& operator=(const MeshGraphWalk&) = delete;

  // Takes one file or draws one service; false: all is drawn.
  bool step();
  // Roughly, in files and services.
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  class MeshWalk;

  const Analysis& analysis_;
  MeshGraphSink& sink_;
  std::vector<MeshView> meshes_;
  std::size_t next_mesh_ = 0;
  std::unique_ptr<MeshWalk> walk_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

std::vector<MeshGraph> mesh_graphs(const Analysis& analysis);

}  // namespace checks
