// The policy graph of one mesh: which client clauses and which server policies meet in a call, and where
// they fail. Source: docs/design/mtls-semantics.md sections 3 to 6, as pilot does it.
//
// Calls are not enumerated. A target (a service, or the one that stands for all in no document) has few
// client classes and few deciders; each (source, decider) pair that some call brings together is one Edge,
// shared by all targets that hold it. Policies' modes are not part of an edge's identity: flipping one
// re-answers its deciders and re-judges their edges, and no lookup is done again. A service that no rule
// names and no workload policy concerns is covered by its namespace's undocumented target.
//
// add/remove/modes_changed queue work; flush does it and tells which resources to check again. Owns
// everything but the resource nodes, which are Mesh's. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "workspace/mesh/foreign_hosts.h"
#include "workspace/mesh/graph_nodes.h"
#include "workspace/mesh/rule_lookup.h"

namespace workspace {

// The settings that took effect (section 2).
struct EffectiveSettings {
  std::string root_namespace = "istio-system";
  bool enable_auto_mtls = true;
  std::string cluster_domain = "cluster.local";
  friend bool operator==(const EffectiveSettings&, const EffectiveSettings&) = default;
};

// One that may answer a call.
struct Server {
  const WorkloadNode* workload = nullptr;  // null: a stand-in
  PolicyNode* policy = nullptr;            // the workload policy chosen for it; null: none
};

// A service as calls see it.
struct TargetView {
  NamespaceNode& ns;
  const Service* service = nullptr;     // null: no document
  std::vector<WorkloadNode*> matching;  // known workloads of a service with a selector
  [[nodiscard]] bool selects() const { return service != nullptr && !service->selector.empty(); }
};

// What becomes of a call to a server in `mode` that a client makes with `sends` (none: no tls), chosen by a
// rule whose host is a wildcard or not. Source: section 6.
Failure failure_of(std::optional<TlsMode> sends, bool wildcard, bool auto_mtls, MtlsMode mode);

// The workload's port behind a service port; 0: unknown. Source: section 5, last point.
std::uint32_t workload_port(const Service* service, const WorkloadNode* workload, std::uint32_t port);
// Declared ports, the ports in any clause, and last one in neither.
std::vector<std::uint32_t> call_ports(const Service* service, const RuleGroup* group);

class PolicyGraph {
 public:
  explicit PolicyGraph(EffectiveSettings settings);
  ~PolicyGraph();
  PolicyGraph(const PolicyGraph&) = delete;
  PolicyGraph& operator=(const PolicyGraph&) = delete;

  // Takes a node in, or out; the node's definitions must be those it is taken in, or was taken in, with.
  // After `remove` the node must live until `flush` has returned.
  void add(ResourceNode* node);
  void remove(ResourceNode* node);
  // The node's policy or rule says other modes, and nothing else changed.
  void modes_changed(ResourceNode* node);

  // The nodes that checks must look at again, each once in one of the lists.
  struct Changes {
    std::vector<ResourceNode*> changed;  // in any way
    std::vector<ResourceNode*> eased;    // Recheck::Eased: their errors are the same or fewer
  };
  // Does what is queued. Returns what has changed, removed nodes left out; no node waits any more.
  Changes flush();
  // Has `node` (null: nothing is done) returned by the next flush.
  void mark(ResourceNode* node);
  void mark_eased(ResourceNode* node);

  [[nodiscard]] const EffectiveSettings& settings() const { return settings_; }
  // The mesh policy: oldest without selector in the root namespace, whatever its mode; null: none.
  [[nodiscard]] PolicyNode* mesh_policy() const;
  [[nodiscard]] bool is_root(std::string_view ns) const { return ns == settings_.root_namespace; }
  [[nodiscard]] const NamespaceNode* find_namespace(std::string_view name) const;
  [[nodiscard]] const ForeignHosts& foreign_hosts() const { return foreign_hosts_; }
  [[nodiscard]] const std::map<std::string, std::unique_ptr<NamespaceNode>, std::less<>>& namespaces() const {
    return namespaces_;
  }
  [[nodiscard]] const RuleIndex& rules() const { return rules_; }
  // Rules without workloadSelector whose host is mesh-wide.
  [[nodiscard]] const std::vector<RuleNode*>& mesh_wide_rules() const { return mesh_wide_; }

  // The workload policy chosen for pods with these labels; null: none. Source: section 3, step 4.
  [[nodiscard]] PolicyNode* workload_policy(const NamespaceNode& ns, const Labels& labels) const;
  // Who may answer a call to a target, with the workload policy of each; empty: there is no call. Source:
  // section 5.
  [[nodiscard]] std::vector<Server> servers(const TargetView& view, const Labels* subset) const;
  [[nodiscard]] TargetView view_of(NamespaceNode& ns, std::string_view host) const;
  // Known workloads whose pod labels contain a non-empty selector.
  [[nodiscard]] static std::vector<WorkloadNode*> matching_workloads(const NamespaceNode& ns,
                                                                     const Labels& selector);

  // A policy that was asked, and what it said (Unset: nothing).
  struct ChainLink {
    PolicyField site;
    MtlsMode mode = MtlsMode::Unset;
  };
  // The policies that have a say for a workload and port, the most specific first: the first that says
  // something decides, what comes after it is overridden. Source: section 3.
  [[nodiscard]] std::vector<ChainLink> policy_chain(const NamespaceNode* ns, PolicyNode* workload,
                                                    std::uint32_t port) const;

  struct Resolution {
    PolicyField site;
    MtlsMode mode = MtlsMode::Permissive;
    bool fell_through_to_mesh = false;
  };
  // What becomes of a call from a clause (null: no clause) to a server in `mode`. Source: section 6.
  [[nodiscard]] Failure evaluate_call(const RuleNode* rule, ClauseRef clause, MtlsMode mode) const;
  // Who decides for a workload policy (or null) of `ns` (null: undocumented) and a port (0: none). Source:
  // section 3.
  [[nodiscard]] Resolution resolve(const NamespaceNode* ns, PolicyNode* workload, std::uint32_t port) const;

  // The deciders that no level below the mesh's gave an answer.
  [[nodiscard]] const std::unordered_set<PolicyChain*>& fell_through_to_mesh() const {
    return fell_through_to_mesh_;
  }

  // Targets computed by the last flush, for the tests of incremental work.
  [[nodiscard]] std::size_t targets_computed() const { return targets_computed_; }

 private:
  struct EdgeHash {
    std::size_t operator()(const std::pair<ClientConfig*, PolicyChain*>& key) const noexcept {
      return std::hash<const void*>()(key.first) * 31 + std::hash<const void*>()(key.second);
    }
  };

  // Changes coming in (policy_graph.cpp).
  void add_policy(PolicyNode* node);
  void remove_policy(PolicyNode* node);
  void add_rule(RuleNode* node);
  void remove_rule(RuleNode* node);
  void change_rule_scope(RuleNode* node, int by);
  void touch_host(std::string_view host);
  void touch_host(NamespaceNode& ns, std::string_view host);
  void mark_siblings(const RuleNode* node);
  void change_service(ServiceNode* node, bool add);
  void change_workload(WorkloadNode* node, bool add);
  void change_authorization(AuthorizationNode* node, bool add);
  void change_namespace(ResourceNode* node, bool add);
  void policies_changed(NamespaceNode& ns);
  NamespaceNode* lookup_namespace(std::string_view name);  // null: nothing mentions it
  NamespaceNode& known(std::string_view name);             // which is mentioned
  NamespaceNode& retain_namespace(std::string_view name);
  NamespaceNode& make_namespace(std::string_view name);
  void release_namespace(std::string_view name);
  void queue(NamespaceNode& ns);
  void queue_targets(NamespaceNode& ns);
  void queue_all_targets();
  void drop_unreferenced();
  void compute_queued();

  // Targets (policy_targets.cpp).
  void compute_namespace(NamespaceNode& ns);
  void compute_host(NamespaceNode& ns, std::string_view host);
  // `host` is empty for the one in no document.
  void compute(const TargetView& view, std::string_view host, Target& target);
  void release(Target& target);
  [[nodiscard]] bool is_target(const NamespaceNode& ns, std::string_view host) const;
  [[nodiscard]] bool needs_services(const NamespaceNode& ns) const;
  void emit(const TargetView& view, const RuleGroup* group, std::vector<Edge*>& edges);
  void emit_clause(const TargetView& view, const RuleGroup::Chosen& chosen,
                   const std::vector<Server>& servers, std::uint32_t port, std::vector<Edge*>& edges);
  static void find_shadows(const RuleGroup& group, const RuleGroup* wider,
                           std::vector<std::pair<RuleNode*, RuleNode*>>& shadows);
  void compute_authorization(AuthorizationNode& node, NamespaceNode& ns);
  void release_authorization(AuthorizationNode& node, NamespaceNode& ns);

  // Deciders and edges (policy_edges.cpp).
  PolicyChain& chain(NamespaceNode& ns, PolicyNode* policy, std::uint32_t port);
  void re_resolve(PolicyChain& chain);
  void resolve_policy(PolicyNode& policy);
  void resolve_namespace(NamespaceNode& ns);
  void resolve_mesh();
  Edge* acquire(ClientConfig& client_config, PolicyChain& chain);
  void drop(Edge* edge);
  void evaluate(Edge& edge, bool site_changed);
  void evaluate_all(const ClientConfig& client_config);
  [[nodiscard]] Failure failure(const Edge& edge) const;
  void remove_namespace(NamespaceNode& ns);
  void forget(PolicyChain& chain);
  void forget_unused(NamespaceNode& ns);
  void add_shadow(RuleNode* narrow, RuleNode* wide);
  void drop_shadow(RuleNode* narrow, RuleNode* wide);

  EffectiveSettings settings_;
  RuleIndex rules_;
  std::map<std::string, std::unique_ptr<NamespaceNode>, std::less<>> namespaces_;
  NamespaceNode* last_known_ = nullptr;  // the one last asked for, perhaps none
  NamespaceNode* undocumented_ = nullptr;
  PolicyChain mesh_chain_;
  ClientConfig no_clause_;
  std::unordered_map<std::pair<ClientConfig*, PolicyChain*>, Edge, EdgeHash> edges_;  // stable addresses
  std::unordered_set<PolicyChain*> fell_through_to_mesh_;
  std::vector<RuleNode*> mesh_wide_;
  ForeignHosts foreign_hosts_;
  std::vector<AuthorizationNode*> root_authorizations_;
  std::vector<NamespaceNode*> queue_;
  std::vector<RuleNode*> with_changed_modes_;
  std::vector<PolicyNode*> policies_with_changed_modes_;  // workload policies
  std::vector<ResourceNode*> dirty_;
  bool mesh_resolutions_dirty_ = true;
  std::size_t targets_computed_ = 0;
};

}  // namespace workspace
