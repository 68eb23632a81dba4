// What one mode, clause, host or workload means for the rest of its mesh: the graph as seen from one place,
// for hover, hints, lenses and completion.
//
// Costs what meets at that place, and at most kMaxLookedAt of anything; never what the mesh holds. A mode
// may be one that the file does not say: what would be if it did. Valid until the mesh changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/field_ref.h"
#include "checks/queries/effective.h"
#include "workspace/mesh/mesh.h"

namespace checks {

inline constexpr std::size_t kMaxLookedAt = 2000;
inline constexpr std::size_t kMaxListed = 10;

// "servers accept mTLS only and refuse plaintext", "clients send plaintext".
std::string_view describe(workspace::MtlsMode mode);
std::string_view describe(workspace::TlsMode mode);

// The other end of calls: a clause for a policy, a policy's mode for a clause.
struct Peer {
  FieldRef site;  // no node: nobody says so (the default mode; no clause)
  std::string_view mode;
  bool fails = false;
};

struct PeerList {
  std::vector<Peer> list;  // failing ones first, then by place; at most kMaxListed
  std::size_t total = 0;
  std::size_t failing = 0;
  bool complete = true;  // false: there are more than was looked at
};

// The resources of a file's documents that overlap a range, in their order, then those of builds that have
// values from there; not those that are copies of others.
std::vector<const workspace::ResourceNode*> resources_in(const workspace::Mesh& mesh, const std::string& file,
                                                         workspace::ByteRange range);

// A field of a policy, by index into port_level (-1: mtls.mode), as the graph names it.
workspace::PolicyField site_of(const workspace::PolicyGraph& graph, const workspace::PolicyNode& policy,
                               std::int32_t port);

// The clauses that meet what a policy's field decides, or would decide if it said `mode`.
PeerList clients_of(const workspace::PolicyGraph& graph, const workspace::PolicyField& site,
                    workspace::MtlsMode mode);
// The modes of the servers that a clause meets, if it says `sends`.
PeerList servers_of(const workspace::PolicyGraph& graph, const workspace::RuleNode& rule,
                    workspace::ClauseRef clause, workspace::TlsMode sends);

// Why a field of a policy decides nothing, whatever it says.
enum class NoEffect : std::uint8_t {
  No,               // it may decide
  SelectorInRoot,   // MTLS0002
  PortsNoSelector,  // MTLS0003
  PortIsNoNumber,
  Older,  // another policy is asked instead: `instead`
};

struct PolicyReach {
  NoEffect no_effect = NoEffect::No;
  const workspace::PolicyNode* older = nullptr;  // with NoEffect::Older
  bool mesh_wide = false;
  // What is asked where this field says nothing, the most specific first, as far as it says something.
  std::vector<workspace::PolicyGraph::ChainLink> below;
  std::size_t exceptions = 0;  // policies that come before it: of namespaces, or of single workloads
  std::size_t namespaces = 0;  // mesh_wide: the known ones that it decides for
  std::vector<const workspace::WorkloadNode*> workloads;  // by name, at most kMaxListed; not if mesh_wide
  std::size_t workload_count = 0;
  bool complete = true;  // false: there are more than was looked at
};

PolicyReach reach_of(const workspace::PolicyGraph& graph, const workspace::PolicyField& site);

// What a rule's host stands for.
enum class HostScope : std::uint8_t { Nothing, External, Mesh, Namespace, Services, Service };

struct HostMeaning {
  HostScope scope = HostScope::Nothing;
  std::string host;                                 // resolved
  const workspace::NamespaceNode* ns = nullptr;     // Namespace, Services and Service: whose
  const workspace::ServiceNode* service = nullptr;  // null: in no document
};

HostMeaning meaning_of(const workspace::PolicyGraph& graph, const workspace::RuleNode& rule);

// Which rules have the say for clients of a service, by client namespace.
struct RuleChoice {
  std::vector<const workspace::RuleNode*> rules;  // merged, oldest first; empty: none
  std::vector<std::string> clients;               // sorted; empty with `all_others`
  bool all_others = false;                        // every namespace that is in no other choice
};
std::vector<RuleChoice> rules_for(const workspace::PolicyGraph& graph, const workspace::NamespaceNode& ns,
                                  std::string_view host);

// What decides for a workload, for a port of its own (none: all others).
struct WorkloadPort {
  std::optional<std::uint32_t> port;
  std::vector<workspace::PolicyGraph::ChainLink> links;  // those that say something; the first decides
};

struct WorkloadOutlook {
  workspace::ProxyVerdict proxy;
  std::vector<const workspace::PolicyNode*> selected_by;  // oldest first: that one counts
  std::vector<WorkloadPort> ports;                        // the last is for all others
};

WorkloadOutlook outlook_of(const workspace::PolicyGraph& graph, const workspace::WorkloadNode& workload);

}  // namespace checks
