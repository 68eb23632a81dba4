// The nodes of a mesh's policy graph. Owned by Mesh (resources) and PolicyGraph (the rest); pointers are
// stable for a node's life. Readers see them const; only those two classes change them. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "workspace/base/compact_list.h"
#include "workspace/base/optional_ptr.h"
#include "workspace/base/short_list.h"
#include "workspace/resources/kinds.h"
#include "workspace/resources/resource.h"
#include "workspace/resources/resource_id.h"
#include "workspace/sources/file_facts.h"

namespace workspace {

struct ResourceNode;
struct NamespaceNode;
struct WorkloadNode;
struct HostRules;
struct Edge;
struct BackendNode;
struct IdentityScope;

// A file as one mesh sees it.
struct FileEntry;

struct DocumentEntry {
  FileEntry* file = nullptr;
  std::uint32_t ordinal = 0;  // in the file
  RefPtr<DocumentFacts> facts;
  ShortList<ResourceNode*> resources;  // one for each of facts->resources
};

struct FileEntry {
  CompactString path;
  std::shared_ptr<const FileFacts> facts;
  CompactList<std::unique_ptr<DocumentEntry>> documents;  // those with resources
};

// One place where a resource is written. The facts' index is that of the resource in its document.
struct Definition {
  DocumentEntry* document = nullptr;
  std::uint32_t index = 0;

  [[nodiscard]] const Resource& resource() const { return document->facts->resources[index]; }
  friend bool operator==(const Definition&, const Definition&) = default;
};

// Whether a resource waits to be checked again, and what can have changed in it.
enum class Recheck : std::uint8_t {
  None,
  Eased,  // failing calls of it have gone, or are described otherwise: no new error can come of that
  Full,
};

// A resource of the mesh: what is written first counts, the rest are copies (MTLS0006).
struct ResourceNode {
  ResourceId id;
  ShortList<Definition> definitions;   // by file path, then place; never empty
  std::unique_ptr<ResourceNode> next;  // in the NodeTable that owns it
  Instant created = kNoInstant;        // what counts in the mesh as its age (RunningAges)
  Recheck recheck = Recheck::None;
  const KindRole role = KindRole::Other;  // which of the nodes below this is
  std::uint32_t id_hash = 0;              // in the NodeTable that owns it

  explicit ResourceNode(ResourceId resource_id, KindRole node_role = KindRole::Other)
      : id(std::move(resource_id)), role(node_role) {}
  virtual ~ResourceNode() = default;
  ResourceNode(const ResourceNode&) = delete;
  ResourceNode& operator=(const ResourceNode&) = delete;

  [[nodiscard]] const Resource& resource() const { return definitions.front().resource(); }
  template <class T>
  [[nodiscard]] const T& as() const {
    return std::get<T>(resource());
  }
  [[nodiscard]] const Metadata& metadata() const { return metadata_of(resource()); }
};

// The node of a kind with that role.
template <KindRole Role>
struct NodeOf : ResourceNode {
  static constexpr KindRole kRole = Role;
  explicit NodeOf(ResourceId resource_id) : ResourceNode(std::move(resource_id), Role) {}
};

// The node as that of its role; null: it is of another, or null itself.
template <class Node>
[[nodiscard]] const Node* node_cast(const ResourceNode* node) {
  return node != nullptr && node->role == Node::kRole ? static_cast<const Node*>(node) : nullptr;
}
template <class Node>
[[nodiscard]] Node* node_cast(ResourceNode* node) {
  return const_cast<Node*>(node_cast<Node>(static_cast<const ResourceNode*>(node)));
}

// Older first: time stamp (missing ones before all), name, namespace, then place. Source: section 3.
bool is_older(const ResourceNode* a, const ResourceNode* b);

struct PolicyNode;
struct RuleNode;

// A policy's field that decides a mode: its `mtls.mode`, or that of one of its ports. No policy: nobody
// decides, which is PERMISSIVE.
struct PolicyField {
  PolicyNode* policy = nullptr;
  std::int32_t port = -1;  // index into port_level; -1: mtls.mode
  friend bool operator==(const PolicyField&, const PolicyField&) = default;
};

// Whether a proxy takes a workload's calls. Source: section 3.1.
enum class Proxy : std::uint8_t { Gateway, Sidecar, Outside, Ambient, PresumedOutside, PresumedSidecar };

inline bool is_sidecar(Proxy proxy) { return proxy == Proxy::Sidecar || proxy == Proxy::PresumedSidecar; }
inline bool is_outside(Proxy proxy) { return proxy == Proxy::Outside || proxy == Proxy::PresumedOutside; }

// The text that decides a workload's proxy.
enum class ProxyReasonKind : std::uint8_t {
  None,             // nothing says so
  Gateway,          // a Gateway's selector: `node` is one of those that select it
  Entry,            // it is a WorkloadEntry or WorkloadGroup
  SystemNamespace,  // injection leaves its namespace out
  HostNetwork,      // the pods' hostNetwork
  Field,            // a label or annotation of the workload or the Namespace document, by `field`
  Seen,             // the containers of a pod that runs: `node` is that pod
  Unlabelled,       // the Namespace document, which has no label for it
};

struct ProxyReason {
  ProxyReasonKind kind = ProxyReasonKind::None;
  const ResourceNode* node = nullptr;  // the workload, its Namespace document or a Gateway
  std::int32_t field = -1;             // index into the node's ProxyFields
  friend bool operator==(const ProxyReason&, const ProxyReason&) = default;
};

struct ProxyVerdict {
  Proxy proxy = Proxy::PresumedSidecar;
  ProxyReason reason;
  friend bool operator==(const ProxyVerdict&, const ProxyVerdict&) = default;
};

// Which levels a workload's mode is asked of, from the most specific: a port of a workload policy, that
// policy, the namespace's policy, the mesh's. Stands for all workloads and ports that ask the same; its
// answer changes with the policies' modes, its identity does not.
struct PolicyChain {
  NamespaceNode* ns = nullptr;     // null: only the mesh level
  PolicyNode* workload = nullptr;  // null: from the namespace level on
  std::uint32_t port = 0;          // a key of the workload policy's portLevelMtls; 0: none
  PolicyField site;                // the answer
  MtlsMode mode = MtlsMode::Permissive;
  bool fell_through_to_mesh = false;  // no level below the mesh's gave it
  PolicyField ns_site;                // what decides the namespace mode (section 3.2)
  MtlsMode ns_mode = MtlsMode::Permissive;
  // Of a stand-in whose labels are unknown: the workload policies that can be meant for it. A call that would
  // work under one of them does not fail (section 5).
  CompactList<PolicyNode*> meant;
  CompactList<Edge*> edges;
};

enum class ClientConfigKind : std::uint8_t {
  Clause,
  HiddenClause,   // one that an entry without tls hides, which auto mTLS follows nevertheless
  NoClause,       // auto mTLS is off: plaintext
  AutoMtls,       // each workload gets what it takes
  Headless,       // auto mTLS for a headless service: one choice for all its workloads
  Authorization,  // an AuthorizationPolicy that reads identities
  Ambient,        // ztunnel, which takes DISABLE as PERMISSIVE
  Caller,         // one outside of the mesh, without a certificate of it: plaintext
};

// A workload without sidecar or gateway, behind a headless service.
struct Outsider {
  const WorkloadNode* workload = nullptr;
  ProxyVerdict verdict;
  friend bool operator==(const Outsider&, const Outsider&) = default;
};

// What meets the server's mode: a clause of a rule, the absence of one, or an AuthorizationPolicy.
struct ClientConfig {
  ClientConfigKind kind = ClientConfigKind::NoClause;
  ResourceNode* owner = nullptr;  // the rule or the AuthorizationPolicy; Headless: what makes the service so,
                                  // its Service or a rule's loadBalancer; null for the rest
  ClauseRef clause;
  CompactList<Outsider> outsiders{};  // Headless: those because of which plaintext is sent; none: mTLS
  CompactList<Edge*> edges{};

  [[nodiscard]] bool has_clause() const {
    return kind == ClientConfigKind::Clause || kind == ClientConfigKind::HiddenClause;
  }
};

enum class Failure : std::uint8_t {
  None,
  PlaintextToStrict,          // DISABLE or SIMPLE against STRICT
  MutualToDisable,            // MUTUAL or ISTIO_MUTUAL against DISABLE
  NoTlsToStrict,              // auto mTLS off, no clause gives tls
  IdentityWithoutMtls,        // an AuthorizationPolicy's workload is DISABLE
  AutoPlaintextToStrict,      // auto mTLS: the namespace mode is DISABLE, the workload's is STRICT
  HeadlessPlaintextToStrict,  // auto mTLS: plaintext because of another workload
  HeadlessMutualToDisable,    // auto mTLS: mTLS because of the namespace mode
  DisableInAmbient,           // acts as PERMISSIVE
  CallerRefused,              // the caller has no certificate, the server's mode is STRICT
};

// What is known of a call that an edge stands for.
enum EdgeFlag : std::uint8_t {
  ToKnownSidecar = 1,  // its server is a known workload with a sidecar
  ToKnown = 2,         // its server is a known workload with a sidecar, perhaps presumed
  ToDocumented = 4,    // a Service document shows its host
};
inline constexpr std::size_t kEdgeFlagCount = 3;

// At least one call (section 5) where this source meets this decider.
struct Edge {
  ClientConfig* client_config = nullptr;
  PolicyChain* chain = nullptr;
  std::uint32_t uses = 0;                               // targets that hold it
  std::uint32_t at_client = 0;                          // position in source->edges
  std::uint32_t at_chain = 0;                           // position in decider->edges
  std::array<std::uint32_t, kEdgeFlagCount> flagged{};  // uses with each flag
  Failure failure = Failure::None;
  bool brings_identity = false;  // what is sent shows the client's certificate

  [[nodiscard]] bool has(EdgeFlag flag) const {
    for (std::size_t i = 0; i < kEdgeFlagCount; ++i) {
      if ((flag >> i & 1U) != 0) return flagged[i] > 0;
    }
    return false;
  }
};

// An edge as a target holds it.
struct EdgeUse {
  Edge* edge = nullptr;
  std::uint8_t flags = 0;
  friend auto operator<=>(const EdgeUse&, const EdgeUse&) = default;
};

struct PolicyNode final : NodeOf<KindRole::Policy> {
  using NodeOf::NodeOf;
  std::vector<PolicyChain*> decides;  // the deciders whose answer is this policy
  bool selects_injected = false;      // its selector has a label that injection adds

  [[nodiscard]] const PeerAuthentication& policy() const { return as<PeerAuthentication>(); }
};

// The rule that BackendTLSPolicies make of a Service (section 4).
struct BackendRule {
  struct Clause {
    ClauseRef ref;
    BackendNode* policy = nullptr;
    std::int32_t target = 0;  // index into its targets
  };
  DestinationRule rule;
  std::vector<Clause> clauses;  // never empty; oldest first
};

// A DestinationRule's, or one that BackendTLSPolicies make, which is the graph's: it has no definitions, and
// the id of the oldest of them.
struct RuleNode final : NodeOf<KindRole::Rule> {
  using NodeOf::NodeOf;
  std::unique_ptr<BackendRule> backend;
  CompactString host;             // resolved
  HostRules* siblings = nullptr;  // the rules of its namespace for that host; null: it never takes effect
  bool is_public = false;         // visible in every namespace
  bool is_private = false;        // visible in its own namespace and nowhere else
  bool has_own_tls = false;       // a clause is SIMPLE or MUTUAL
  CompactList<std::unique_ptr<ClientConfig>> sources;  // by clause
  OptionalPtr<std::map<RuleNode*, std::uint32_t>>
      wider;                                  // rules it hides (TIS0204), with the targets that say so
  OptionalPtr<std::set<RuleNode*>> narrower;  // the inverse

  // The one of a clause that decides; null: nobody has called by it.
  [[nodiscard]] const ClientConfig* client_config(ClauseRef clause) const;

  [[nodiscard]] const DestinationRule& rule() const {
    return backend == nullptr ? as<DestinationRule>() : backend->rule;
  }
};

struct BackendNode final : NodeOf<KindRole::Backend> {
  using NodeOf::NodeOf;
  std::vector<RuleNode*> rules;  // by target: of whose clauses one is the target's; null: none is

  [[nodiscard]] const BackendTlsPolicy& policy() const { return as<BackendTlsPolicy>(); }
};

struct AuthorizationNode final : NodeOf<KindRole::Authorization> {
  using NodeOf::NodeOf;
  ClientConfig client_config;
  std::map<NamespaceNode*, std::vector<Edge*>> edges;  // by the namespace of the workloads
  std::map<NamespaceNode*, IdentityScope*> scopes;     // likewise
  std::uint32_t called = 0;      // those of its scopes whose workloads a Service document's callers call
  std::uint32_t identified = 0;  // those that some identity arrives in

  // No client shows its identity to any of the workloads, though Services lead to them.
  [[nodiscard]] bool lacks_identities() const { return called > 0 && identified == 0; }

  [[nodiscard]] const AuthorizationPolicy& policy() const { return as<AuthorizationPolicy>(); }
};

struct ServiceNode final : NodeOf<KindRole::Service> {
  using NodeOf::NodeOf;
  [[nodiscard]] const Service& service() const { return as<Service>(); }
};

struct WorkloadNode final : NodeOf<KindRole::Workload> {
  using NodeOf::NodeOf;
  // A Gateway that selects it, as of that state of the graph's Gateways.
  mutable const ResourceNode* gateway = nullptr;
  mutable std::uint32_t gateway_state = 0;
  [[nodiscard]] const Workload& workload() const { return as<Workload>(); }
};

// A call to a port that no sidecar takes.
struct BareCall {
  const ServiceNode* service = nullptr;
  std::uint32_t port = 0;           // the Service's
  std::uint32_t workload_port = 0;  // where it arrives
  ClientConfigKind sends = ClientConfigKind::AutoMtls;
  friend auto operator<=>(const BareCall&, const BareCall&) = default;
};

// What a target's calls show besides the modes that meet. Checks report it at `at`.
struct Remark {
  enum class Kind : std::uint8_t {
    TlsToHttp,        // a clause decides a call to a port declared HTTP: `other` is the Service, `index` its
                      // port, `chain` what decides the mode
    ApiServer,        // a clause of a wildcard decides calls to the API server
    MutualToOutside,  // a clause decides a call to a Service whose workloads are all outside
    Call,             // a caller without certificate (`index`: its reference) reaches workloads of `other`, a
                      // Service (null: pods): `chain` decides, or none: a workload that refuses nothing;
                      // `outsider` has the proxy of the workload
    ToBarePort,  // a call arrives where the workload's annotation `index` takes the sidecar out; `other`:
                 // the rule whose clause decides (null: none), `chain`: what decides the mode
  };
  Kind kind = Kind::TlsToHttp;
  ResourceNode* at = nullptr;  // the rule, the caller, or the workload that is called (ToBarePort)
  ClauseRef clause;
  const ResourceNode* other = nullptr;
  std::int32_t index = -1;
  const PolicyChain* chain = nullptr;
  Outsider outsider;             // MutualToOutside, Call
  BareCall bare{};               // ToBarePort
  bool by_app_protocol = false;  // TlsToHttp: the port's appProtocol says so, its name else
  friend bool operator==(const Remark&, const Remark&) = default;
};
// Whether the workload that a Remark::Call reaches refuses plaintext there. Source: section 3.1; the port is
// one that its sidecar takes.
bool refuses_plaintext(const Remark& call);
struct RemarkOrder {
  bool operator()(const Remark& a, const Remark& b) const {
    const auto key = [](const Remark& r) {
      const ProxyReason& why = r.outsider.verdict.reason;
      return std::tuple(r.kind, r.at, r.clause, r.other, r.index, r.chain, r.outsider.workload,
                        r.outsider.verdict.proxy, why.kind, why.node, why.field, r.bare, r.by_app_protocol);
    };
    return key(a) < key(b);
  }
};

// A service that clients call: a Service document's, a rule's exact host, or the one in no document.
struct Target {
  CompactList<EdgeUse> edges;                            // sorted by edge, unique
  CompactList<std::pair<RuleNode*, RuleNode*>> shadows;  // narrow, wide; sorted, unique
  CompactList<Remark> remarks;                           // sorted, unique
  CompactList<std::unique_ptr<ClientConfig>> headless;   // those of its calls
  CompactList<IdentityScope*> scopes;                    // to whose workloads it leads
};

// The workloads of a namespace that AuthorizationPolicies with the same selector authorize, and the calls to
// Service documents that lead to them (TIS0104).
struct IdentityScope {
  Labels selector;
  std::vector<AuthorizationNode*> nodes;
  bool stands_in = false;                          // no known workload matches the selector
  std::unordered_map<Edge*, std::uint32_t> calls;  // with the targets that bring each
  std::uint32_t identified = 0;                    // edges among them that bring an identity
};

// No namespace of a document can have this name; it stands for those in none.
inline constexpr std::string_view kUndocumented = "\x01";

// A key and a value, hashed.
struct LabelHash {
  std::size_t operator()(const Labels::value_type& label) const noexcept {
    const std::hash<CompactString> hash;
    return hash(label.first) * 31 + hash(label.second);
  }
};

// All that is known of a namespace.
struct NamespaceNode {
  std::string name;
  std::uint32_t mentions = 0;                  // known while there are any
  const ResourceNode* document = nullptr;      // its Namespace; null: there is none
  ProxyVerdict stand_in;                       // what a pod without labels would be
  std::vector<PolicyNode*> plain_policies;     // without selector, oldest first
  std::vector<PolicyNode*> selector_policies;  // oldest first
  std::vector<AuthorizationNode*> authorizations;
  std::map<CompactString, ServiceNode*, std::less<>> services;  // by host
  std::vector<WorkloadNode*> workloads;
  std::vector<RuleNode*> selecting_rules;  // that have a workloadSelector
  std::vector<ResourceNode*> sidecars;     // Sidecars without workloadSelector, oldest first
  std::uint32_t odd_workloads = 0;         // those that say something of their proxy
  bool has_sidecar = false;                // a known workload has one, perhaps presumed
  bool has_caller = false;                 // a known workload has a sidecar or is a gateway
  std::unordered_map<Labels::value_type, ShortList<WorkloadNode*>, LabelHash> workloads_by_label;
  std::map<CompactString, std::uint32_t, std::less<>>
      rule_hosts;                                        // exact hosts in it, with the rules that name them
  std::map<CompactString, Target, std::less<>> targets;  // by host
  Target undocumented;
  Target ambient;                                       // the calls that ztunnel takes
  std::map<CompactString, Target, std::less<>> called;  // by host: the calls of callers without certificate
  Target pods_called;                                   // likewise, past any Service
  std::vector<WorkloadNode*> callers;  // its workloads that are such, or whose proxy findings rest on
  std::map<CompactString, ResourceNode*, std::less<>> config_maps;  // those that name hosts
  std::map<CompactString, std::vector<const WorkloadNode*>, std::less<>>
      config_users;                 // by ConfigMap: who takes its environment from it
  bool ambient_prometheus = false;  // a workload labelled as Prometheus is ambient
  std::vector<std::unique_ptr<IdentityScope>>
      scopes;         // one a selector; those without nodes go with the next look
  PolicyChain chain;  // from the namespace level on
  std::map<std::pair<PolicyNode*, std::uint32_t>, PolicyChain> workload_chains;
  std::map<std::pair<PolicyNode*, std::vector<PolicyNode*>>, PolicyChain>
      unsure_chains;                     // of stand-ins for which other policies can be meant
  bool queued = false;                   // waits for PolicyGraph::flush
  bool targets_dirty = false;            // all its targets are to be computed again
  bool answers_dirty = false;            // its policies' modes changed
  bool pods_called_dirty = false;        // likewise
  std::vector<std::string> dirty_hosts;  // these targets are to be computed again
};

}  // namespace workspace
