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

#include "workspace/mesh/caller_index.h"
#include "workspace/mesh/foreign_hosts.h"
#include "workspace/mesh/graph_nodes.h"
#include "workspace/mesh/rule_lookup.h"

namespace workspace {

// The settings that took effect (section 2).
struct EffectiveSettings {
  std::string root_namespace = "istio-system";
  bool enable_auto_mtls = true;
  std::string cluster_domain = "cluster.local";
  bool private_rules = false;  // defaultDestinationRuleExportTo holds `.`
  bool rewrite_probes = true;  // where a pod does not say so: the sidecar answers probes for it
  friend bool operator==(const EffectiveSettings&, const EffectiveSettings&) = default;
};

// One that may answer a call.
struct Server {
  const WorkloadNode* workload = nullptr;  // null: a stand-in
  PolicyNode* policy = nullptr;            // the workload policy chosen for it; null: none
  ProxyVerdict verdict;
  std::vector<PolicyNode*> meant;  // of a stand-in whose labels are unknown: those that can be meant for it
};

// A service as calls see it.
struct TargetView {
  NamespaceNode& ns;
  ServiceNode* node = nullptr;          // null: no document
  const Service* service = nullptr;     // null: no document
  std::vector<WorkloadNode*> matching;  // known workloads of a service with a selector
  std::string_view host;                // empty: one in no document
  [[nodiscard]] bool selects() const { return service != nullptr && !service->selector.empty(); }
};

// What becomes of a call to a server in `mode` that a client makes with `sends` (none: no tls), chosen by a
// rule whose host is a wildcard or not. Source: section 6.
Failure failure_of(std::optional<TlsMode> sends, bool wildcard, bool auto_mtls, MtlsMode mode);
// The same for any client, by the server's mode and the namespace mode there.
Failure failure_of(const ClientConfig& client, MtlsMode mode, MtlsMode ns_mode);

// What a client sends.
enum class Sent : std::uint8_t { Plaintext, Simple, Mutual, MeshMtls };
Sent sent_by(const ClientConfig& client, MtlsMode mode, MtlsMode ns_mode);

// The workload's port behind a service port (0: unknown); none: the workload has no port of that name, and
// takes no part in calls to it. Source: section 5.
std::optional<std::uint32_t> workload_port(const Service* service, const WorkloadNode* workload,
                                           std::uint32_t port);
// Whether a sidecar takes what arrives at a workload's port (0: unknown). Null: a stand-in.
bool takes_port(const Workload* workload, std::uint32_t port);
// The annotation that leaves the port out, as an index into the workload's fields; -1: none does.
std::int32_t annotation_against(const Workload& workload, std::uint32_t port);
// Declared ports (UDP aside); where none is declared the ports in any clause, and last one in neither.
std::vector<std::uint32_t> call_ports(const Service* service, const RuleGroup* group);
// kube-system and the like, which injection leaves out.
bool is_system_namespace(std::string_view ns);

// A known workload, and the port of it that is called.
struct Reached {
  const WorkloadNode* workload = nullptr;
  std::uint32_t port = 0;
};

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
  // Whether a rule is for the hosts of another namespace than its own, though none of the workloads that are
  // known to have a sidecar, of which there are some, can call from there (MTLS0013).
  [[nodiscard]] bool lacks_clients(const RuleNode& rule) const;

  // What a workload's calls meet, and which text says so; null: a pod of that namespace without labels.
  // Source: section 3.1.
  [[nodiscard]] ProxyVerdict proxy_of(const NamespaceNode& ns, const WorkloadNode* workload) const;
  // Whether a workload's pods carry a selector's labels, those included that injection adds.
  [[nodiscard]] bool selects(const Labels& selector, const NamespaceNode& ns, const WorkloadNode& node) const;
  // The workload policy chosen for a workload, or for a stand-in with these labels; null: none. Source:
  // section 3.2, step 4.
  [[nodiscard]] PolicyNode* workload_policy(const NamespaceNode& ns, const WorkloadNode& node) const;
  [[nodiscard]] PolicyNode* workload_policy(const NamespaceNode& ns, const Labels& labels) const;
  // Who may answer a call to a target, with the workload policy of each; empty: there is no call. Whether
  // each takes part in calls to a port is for workload_port and takes_port. Source: section 5.
  [[nodiscard]] std::vector<Server> servers(const TargetView& view, const Labels* subset) const;
  [[nodiscard]] TargetView view_of(NamespaceNode& ns, std::string_view host) const;
  // What a client does for which a rule's group chose so. Its edges are empty.
  [[nodiscard]] ClientConfig client_config(const TargetView& view, const RuleGroup::Chosen& chosen,
                                           std::uint32_t port) const;
  // Known workloads whose pod labels contain a non-empty selector.
  [[nodiscard]] std::vector<WorkloadNode*> matching_workloads(const NamespaceNode& ns,
                                                              const Labels& selector) const;
  // Whether the Sidecar that holds for a namespace lets its clients call a host; empty: one in no document.
  [[nodiscard]] bool may_call(std::string_view client, std::string_view ns, std::string_view host) const;
  // The client namespaces that make calls to a host and may see different rules; kUndocumented stands for
  // all others.
  [[nodiscard]] std::vector<std::string_view> callers(const std::vector<const HostEntry*>& entries,
                                                      std::string_view ns, std::string_view host) const;
  // One client of each class in a namespace. Source: section 4.
  [[nodiscard]] std::vector<Client> clients_in(std::string_view ns,
                                               const std::vector<const HostEntry*>& entries) const;
  // What its targets show of a rule or caller.
  [[nodiscard]] std::vector<Remark> remarks(const ResourceNode& node) const;
  [[nodiscard]] const CallerIndex& caller_index() const { return caller_index_; }
  // What a caller's reference to a Service reaches, whatever its proxies.
  [[nodiscard]] static std::vector<Reached> reached_by(const CallerRef& ref, const TargetView& view);
  // Whether a workload has no certificate of the mesh, for sure.
  [[nodiscard]] bool is_outside_caller(const NamespaceNode& ns, const WorkloadNode& node) const;
  // Whether Prometheus is known to be ambient, so that its calls are mTLS.
  [[nodiscard]] bool has_ambient_prometheus() const { return ambient_prometheus_ > 0; }

  // Whether the mTLS that a ToBarePort remark is about arrives, with the modes as they are, and nothing shows
  // that the port is meant for callers outside of the mesh (MTLS0104).
  [[nodiscard]] bool bypasses_sidecar(const Remark& remark) const;

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
  void enter_rule(RuleNode* node);  // whose host is resolved, and which takes effect
  void leave_rule(RuleNode* node);
  void change_foreign_rule(RuleNode* node, bool add);
  void set_clients(NamespaceNode& ns);
  void change_rule_scope(RuleNode* node, int by);
  void touch_host(std::string_view host);
  void touch_rule(const RuleNode& rule);
  void touch_host(NamespaceNode& ns, std::string_view host);
  void mark_siblings(const RuleNode* node);
  void mark_policies(const ResourceNode& node, void (PolicyGraph::*mark_policy)(ResourceNode*));
  void change_service(ServiceNode* node, bool add);
  void change_workload(WorkloadNode* node, bool add);
  void change_authorization(AuthorizationNode* node, bool add);
  void change_namespace(ResourceNode* node, bool add);
  void change_gateway(ResourceNode* node, bool add);
  void change_sidecar(ResourceNode* node, bool add);
  void touch_selecting_rules(const NamespaceNode& ns);
  void touch_unsure_hosts(NamespaceNode& ns);
  void queue_gateways();
  void index_egress(NamespaceNode& ns);
  [[nodiscard]] const ResourceNode* gateway_of(const WorkloadNode& node) const;
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

  // What the calls to one target bring together.
  struct Collected {
    std::vector<EdgeUse> edges;
    std::vector<Remark> remarks;
    std::vector<std::pair<RuleNode*, RuleNode*>> shadows;
    std::vector<IdentityScope*> scopes;
  };

  // BackendTLSPolicies (policy_backends.cpp).
  struct Backend {
    std::vector<BackendNode*> policies;  // that name the Service, oldest first
    std::unique_ptr<RuleNode> rule;      // null: none of their targets makes a clause
  };
  void change_backend(BackendNode* node, bool add);
  void touch_backend(const ServiceNode& node);
  void make_backend_rule(const std::string& ns, const std::string& service, Backend& backend);

  // Ports that no sidecar takes (policy_bare_ports.cpp).
  void emit_to_bare(const TargetView& view, const RuleGroup::Chosen& chosen, const Labels* subset,
                    std::uint32_t port, Collected& found);
  void count_bare(const Remark& remark, int by);
  void mark_bare(const void* deciding);
  void mark_bare_in(std::string_view ns);
  void touch_bare(const ResourceNode& node);
  void count_outbound(const WorkloadNode& node, int by);
  [[nodiscard]] bool is_port_named(const WorkloadNode& workload, const BareCall& call) const;
  [[nodiscard]] bool is_monitored(const NamespaceNode& ns, const WorkloadNode& workload,
                                  const BareCall& call) const;

  // Identities (policy_identities.cpp).
  template <class Change>
  void change_scope(IdentityScope& scope, const Change& change);
  void count_call(IdentityScope& scope, Edge* edge, int by);
  void evaluate_identity(Edge& edge);
  void join_scope(AuthorizationNode& node, NamespaceNode& ns);
  static void leave_scopes(AuthorizationNode& node);
  void enter_scopes(NamespaceNode& ns);
  static void forget_scopes(NamespaceNode& ns);
  [[nodiscard]] std::vector<IdentityScope*> scopes_of(const TargetView& view) const;

  // Callers without certificate (policy_callers.cpp).
  void change_caller(ResourceNode* node, bool add);
  void change_config_map(ResourceNode* node, bool add);
  void change_calling_workload(WorkloadNode* node, bool add);
  void queue_monitored();
  void touch_monitored(NamespaceNode& ns, const MonitorScope& scope);
  void compute_callers(NamespaceNode& ns);
  void compute_called(NamespaceNode& ns, std::string_view host);
  void compute_pods_called(NamespaceNode& ns);
  void compute_caller_proxies(NamespaceNode& ns);
  void compute_prometheus(NamespaceNode& ns);
  void emit_reached(NamespaceNode& ns, const CallerRef& ref, const ResourceNode* service,
                    const std::vector<Reached>& reached, Collected& found);
  [[nodiscard]] bool rewrites_probes(const Workload& workload) const;
  void set_ambient_prometheus(NamespaceNode& ns, bool is_ambient);
  void release_callers(NamespaceNode& ns);

  // Targets (policy_targets.cpp).
  void compute_namespace(NamespaceNode& ns);
  // `host` is empty for the one in no document.
  void compute_host(NamespaceNode& ns, std::string_view host);
  void compute(const TargetView& view, std::string_view host, Target& target);
  void release(Target& target);
  [[nodiscard]] bool is_target(const NamespaceNode& ns, std::string_view host) const;
  [[nodiscard]] bool needs_services(const NamespaceNode& ns) const;
  void emit(const TargetView& view, const RuleGroup* group, Target& target, Collected& found);
  void emit_clause(const TargetView& view, const RuleGroup::Chosen& chosen,
                   const std::vector<Server>& servers, std::uint32_t port, Target& target, Collected& found);
  void emit_to_outside(const TargetView& view, const RuleGroup::Chosen& chosen, const Labels* subset,
                       std::uint32_t port, Collected& found) const;
  static void emit_http(const TargetView& view, const RuleGroup::Chosen& chosen, std::uint32_t port,
                        const PolicyChain& chain, Collected& found);
  ClientConfig& shared_config(const ClientConfig& wanted, Target& target);
  void replace(Target& target, Collected& found);
  void add_remark(const Remark& remark);
  void drop_remark(const Remark& remark);
  void compute_ambient(NamespaceNode& ns);
  void compute_api_server();
  [[nodiscard]] std::vector<PolicyNode*> meant_policies(const TargetView& view, const Labels* subset) const;
  static void find_shadows(const RuleGroup& group, const RuleGroup* wider,
                           std::vector<std::pair<RuleNode*, RuleNode*>>& shadows);
  void compute_authorization(AuthorizationNode& node, NamespaceNode& ns);
  void release_authorization(AuthorizationNode& node, NamespaceNode& ns);

  // Deciders and edges (policy_edges.cpp).
  PolicyChain& chain(NamespaceNode& ns, PolicyNode* policy, std::uint32_t port);
  PolicyChain& unsure_chain(NamespaceNode& ns, PolicyNode* policy, const std::vector<PolicyNode*>& meant);
  void re_resolve(PolicyChain& chain);
  void resolve_policy(PolicyNode& policy);
  void resolve_namespace(NamespaceNode& ns);
  void resolve_mesh();
  Edge* acquire(ClientConfig& client_config, PolicyChain& chain);
  void hold(const EdgeUse& use);
  void drop(const EdgeUse& use);
  void count(const EdgeUse& use, int by);
  void evaluate(Edge& edge, bool site_changed);
  void evaluate_all(const ClientConfig& client_config);
  [[nodiscard]] Failure failure(const Edge& edge) const;
  void remove_namespace(NamespaceNode& ns);
  void forget(PolicyChain& chain);
  void forget_unused(NamespaceNode& ns);
  void add_shadow(RuleNode* narrow, RuleNode* wide);
  void drop_shadow(RuleNode* narrow, RuleNode* wide);

  EffectiveSettings settings_;
  std::string api_server_host_;
  RuleIndex rules_;
  std::map<std::string, std::unique_ptr<NamespaceNode>, std::less<>> namespaces_;
  NamespaceNode* last_known_ = nullptr;  // the one last asked for, perhaps none
  NamespaceNode* undocumented_ = nullptr;
  PolicyChain mesh_chain_;
  ClientConfig no_clause_;
  ClientConfig auto_mtls_{ClientConfigKind::AutoMtls, nullptr, {}};
  ClientConfig ambient_{ClientConfigKind::Ambient, nullptr, {}};
  std::unordered_map<std::pair<ClientConfig*, PolicyChain*>, Edge, EdgeHash> edges_;  // stable addresses
  std::unordered_set<PolicyChain*> fell_through_to_mesh_;
  std::unordered_set<PolicyChain*> in_mesh_mode_;  // whose namespace mode is the mesh's
  std::vector<RuleNode*> mesh_wide_;
  std::map<std::pair<std::string, std::string>, Backend> backends_;  // by namespace and Service
  std::vector<std::unique_ptr<RuleNode>> retired_rules_;             // since the flush
  std::unordered_map<const Edge*, std::unordered_set<IdentityScope*>> edge_scopes_;
  std::map<std::string, std::set<RuleNode*>, std::less<>> foreign_rules_;  // MTLS0013's, by their namespace
  std::map<std::string, std::map<ResourceNode*, std::uint32_t>, std::less<>>
      bare_;  // workloads of ToBarePort remarks, by namespace
  std::unordered_map<const void*, std::map<ResourceNode*, std::uint32_t>>
      bare_watchers_;  // likewise, by the rule or chain whose modes count
  std::map<std::uint32_t, std::uint32_t> excluded_outbound_;  // ports in excludeOutboundPorts, with how many
  std::size_t with_sidecar_ = 0;  // namespaces that have a known workload with a sidecar
  ForeignHosts foreign_hosts_;
  std::vector<AuthorizationNode*> root_authorizations_;
  CallerIndex caller_index_;
  std::unordered_map<const ResourceNode*, ClientConfig> caller_configs_;  // stable addresses
  std::unordered_map<const WorkloadNode*, Proxy> caller_proxies_;         // of the namespaces' callers
  std::vector<MonitorScope> changed_monitors_;                            // since the flush
  std::vector<const ResourceNode*> removed_callers_;                      // likewise
  std::uint32_t ambient_prometheus_ = 0;                                  // namespaces that have one
  Target api_server_;
  bool api_server_dirty_ = false;
  std::unordered_map<const ResourceNode*, std::map<Remark, std::uint32_t, RemarkOrder>> remarks_;
  // Gateways by the first label of their selector, a count of their changes, and what changed since the
  // flush.
  std::unordered_map<Labels::value_type, std::vector<const ResourceNode*>, LabelHash> gateways_;
  std::uint32_t gateway_state_ = 1;
  std::vector<Labels> changed_gateways_;
  std::map<std::string, std::set<const NamespaceNode*>, std::less<>> egress_;  // who may call, by namespace
  std::map<const NamespaceNode*, std::vector<std::string>> egress_keys_;
  std::uint32_t sidecars_ = 0;             // those without workloadSelector
  std::uint32_t narrow_egress_ = 0;        // their hosts that name single services
  std::uint32_t selecting_rules_ = 0;      // rules with workloadSelector
  std::uint32_t own_tls_wildcards_ = 0;    // wildcard rules with a SIMPLE or MUTUAL clause
  std::uint32_t labelled_namespaces_ = 0;  // Namespace documents that ask for injection
  std::vector<NamespaceNode*> queue_;
  std::vector<RuleNode*> with_changed_modes_;
  std::vector<PolicyNode*> policies_with_changed_modes_;  // workload policies
  std::vector<ResourceNode*> dirty_;
  bool mesh_resolutions_dirty_ = true;
  std::size_t targets_computed_ = 0;
};

}  // namespace workspace
