// The nodes of a mesh's policy graph. Owned by Mesh (resources) and PolicyGraph (the rest); pointers are
// stable for a node's life. Readers see them const; only those two classes change them. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/base/compact_list.h"
#include "workspace/base/optional_ptr.h"
#include "workspace/base/short_list.h"
#include "workspace/resources/resource.h"
#include "workspace/resources/resource_id.h"
#include "workspace/sources/file_facts.h"

namespace workspace {

struct ResourceNode;
struct NamespaceNode;
struct HostRules;
struct Edge;

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
  Recheck recheck = Recheck::None;

  explicit ResourceNode(ResourceId resource_id) : id(std::move(resource_id)) {}
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
  CompactList<Edge*> edges;
};

enum class ClientConfigKind : std::uint8_t { Clause, NoClause, Authorization };

// What meets the server's mode: a clause of a rule, the absence of one, or an AuthorizationPolicy.
struct ClientConfig {
  ClientConfigKind kind = ClientConfigKind::NoClause;
  ResourceNode* owner = nullptr;  // the rule or the AuthorizationPolicy; null for NoClause
  ClauseRef clause;
  CompactList<Edge*> edges;
};

enum class Failure : std::uint8_t {
  None,
  PlaintextToStrict,    // DISABLE or SIMPLE against STRICT
  MutualToDisable,      // MUTUAL or ISTIO_MUTUAL against DISABLE
  NoTlsToStrict,        // auto mTLS off, no clause gives tls
  IdentityWithoutMtls,  // an AuthorizationPolicy's workload is DISABLE
};

// At least one call (section 5) where this source meets this decider.
struct Edge {
  ClientConfig* client_config = nullptr;
  PolicyChain* chain = nullptr;
  std::uint32_t uses = 0;       // targets that hold it
  std::uint32_t at_client = 0;  // position in source->edges
  std::uint32_t at_chain = 0;   // position in decider->edges
  Failure failure = Failure::None;
};

struct PolicyNode final : ResourceNode {
  using ResourceNode::ResourceNode;
  std::vector<PolicyChain*> decides;  // the deciders whose answer is this policy

  [[nodiscard]] const PeerAuthentication& policy() const { return as<PeerAuthentication>(); }
};

struct RuleNode final : ResourceNode {
  using ResourceNode::ResourceNode;
  CompactString host;             // resolved
  HostRules* siblings = nullptr;  // the rules of its namespace for that host; null with a workloadSelector
  CompactList<std::unique_ptr<ClientConfig>> sources;  // by clause
  OptionalPtr<std::map<RuleNode*, std::uint32_t>>
      wider;                                  // rules it hides (TIS0204), with the targets that say so
  OptionalPtr<std::set<RuleNode*>> narrower;  // the inverse

  // The one of a clause; null: nobody has called by it.
  [[nodiscard]] const ClientConfig* client_config(ClauseRef clause) const;

  [[nodiscard]] const DestinationRule& rule() const { return as<DestinationRule>(); }
};

struct AuthorizationNode final : ResourceNode {
  using ResourceNode::ResourceNode;
  ClientConfig client_config;
  std::map<NamespaceNode*, std::vector<Edge*>> edges;  // by the namespace of the workloads

  [[nodiscard]] const AuthorizationPolicy& policy() const { return as<AuthorizationPolicy>(); }
};

struct ServiceNode final : ResourceNode {
  using ResourceNode::ResourceNode;
  [[nodiscard]] const Service& service() const { return as<Service>(); }
};

struct WorkloadNode final : ResourceNode {
  using ResourceNode::ResourceNode;
  [[nodiscard]] const Workload& workload() const { return as<Workload>(); }
};

// A service that clients call: a Service document's, a rule's exact host, or the one in no document.
struct Target {
  CompactList<Edge*> edges;                              // sorted, unique
  CompactList<std::pair<RuleNode*, RuleNode*>> shadows;  // narrow, wide; sorted, unique
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
  std::uint32_t disabled_documents = 0;        // Namespace documents labelled istio-injection: disabled
  std::vector<PolicyNode*> plain_policies;     // without selector, oldest first
  std::vector<PolicyNode*> selector_policies;  // oldest first
  std::vector<AuthorizationNode*> authorizations;
  std::map<CompactString, ServiceNode*, std::less<>> services;  // by host
  std::vector<WorkloadNode*> workloads;
  std::unordered_map<Labels::value_type, ShortList<WorkloadNode*>, LabelHash> workloads_by_label;
  std::map<CompactString, std::uint32_t, std::less<>>
      rule_hosts;                                        // exact hosts in it, with the rules that name them
  std::map<CompactString, Target, std::less<>> targets;  // by host
  Target undocumented;
  PolicyChain chain;  // from the namespace level on
  std::map<std::pair<PolicyNode*, std::uint32_t>, PolicyChain> workload_chains;
  bool queued = false;                   // waits for PolicyGraph::flush
  bool targets_dirty = false;            // all its targets are to be computed again
  bool answers_dirty = false;            // its policies' modes changed
  std::vector<std::string> dirty_hosts;  // these targets are to be computed again

  [[nodiscard]] bool injection_disabled() const { return disabled_documents > 0; }
};

}  // namespace workspace
