// Which DestinationRules decide for a host: visibility, lookup order, merging.
// Source: docs/design/mtls-semantics.md section 4 (pilot: PushContext.destinationRule, mergeDestinationRule).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/mesh/graph_nodes.h"

namespace workspace {

// A label that injection adds to the pods of a sidecar (section 3.1).
bool is_injected_label(std::string_view key);
bool has_injected_label(const Labels& selector);
// The value of a label of a sidecar's pod; `workload`: its name, empty for a stand-in.
std::optional<std::string_view> label_with_injected(const Labels& labels, std::string_view key,
                                                    std::string_view workload);
// Every entry of `selector` is in `labels`, or is a label that injection adds to a pod with those, of a
// workload of that name (empty: a stand-in).
bool is_subset_of_injected(const Labels& selector, const Labels& labels, std::string_view workload);

// Reports whether Istio's validation refuses the rule's exportTo, so that it never takes effect (MTLS0015).
// `ns`: the rule's namespace.
bool is_refused(const DestinationRule& rule, std::string_view ns);

// Who calls: a namespace, and the class of clients in it that the workloadSelectors of its rules tell apart.
struct Client {
  std::string_view ns;
  const WorkloadNode* workload = nullptr;  // a client that carries this one's labels
  bool sidecar = false;                    // and those that injection adds
  const Labels* alone = nullptr;           // one that carries this selector's labels and no other's

  [[nodiscard]] bool carries(const Labels& selector) const;
};

// Rules that are merged: their subsets concatenated, the first traffic policy on top.
struct RuleGroup {
  CompactList<RuleNode*> rules;  // oldest first; the first one's exportTo counts
  RuleNode* top = nullptr;       // the DestinationRule that owns the top-level policy; null: there is none
  RuleNode* backend = nullptr;   // what BackendTLSPolicies add to that policy, its own fields first
  CompactList<std::pair<RuleNode*, std::int32_t>> subsets;  // rule and index; first of a name
  CompactList<std::uint32_t> ports;                         // of all its clauses; sorted, unique

  // The clause for a port and a subset (null: none). A mode that does not exist is no tls.
  struct Chosen {
    RuleNode* rule = nullptr;  // null: no tls
    ClauseRef clause;
    // Where there is none: the tls that an entry without any hides (section 4, step 5).
    RuleNode* hidden_rule = nullptr;
    ClauseRef hidden;
    // Whose loadBalancer makes the service headless; null: none.
    RuleNode* passthrough_rule = nullptr;
    std::int32_t passthrough_subset = -1;
  };
  // The workloadSelector of its clients; null: none.
  [[nodiscard]] const Labels* selector() const;
  [[nodiscard]] Chosen clause(const std::pair<RuleNode*, std::int32_t>* subset, std::uint32_t port) const;
};

// The rules of one namespace for one host, grouped for each step that looks at them.
struct HostRules {
  CompactString ns;
  CompactList<RuleNode*> rules;  // those with a workloadSelector first, then oldest first
  CompactList<RuleGroup> home;   // step 1: visible in their own namespace (in the root: nowhere else);
                                 // those with a workloadSelector first
  // Steps 2 and 3: visible somewhere else.
  [[nodiscard]] const CompactList<RuleGroup>& exported() const { return exports_all ? home : exports; }

  bool exports_all = false;        // the same rules as at home
  CompactList<RuleGroup> exports;  // where they are not
};

// The rules for one host.
struct HostEntry {
  CompactList<std::unique_ptr<HostRules>> by_namespace;  // sorted

  // Null: that namespace has none for the host.
  [[nodiscard]] const HostRules* in(std::string_view ns) const;
};

class RuleIndex {
 public:
  // `private_by_default`: what a rule without exportTo is.
  RuleIndex(std::string root_namespace, bool private_by_default)
      : root_(std::move(root_namespace)), private_by_default_(private_by_default) {}

  void add(RuleNode* rule);  // by rule->host; one that takes effect
  void remove(RuleNode* rule);

  // The entries whose host matches, most specific first. `undocumented`: the host stands for a service in no
  // document, which among wildcards only `*` and `*.…` match.
  [[nodiscard]] std::vector<const HostEntry*> matching(std::string_view host, bool undocumented) const;

  // The group that decides for a client and a service in `ns`; `without`: as if that group were not.
  [[nodiscard]] const RuleGroup* lookup(const std::vector<const HostEntry*>& entries, const Client& client,
                                        std::string_view ns, const RuleGroup* without = nullptr) const;
  // The same; `step` is the step of the lookup that found it (section 4).
  [[nodiscard]] const RuleGroup* lookup(const std::vector<const HostEntry*>& entries, const Client& client,
                                        std::string_view ns, const RuleGroup* without, int& step) const;

  // The client namespaces that may see different rules; kUndocumented stands for all others.
  [[nodiscard]] std::vector<std::string_view> client_classes(const std::vector<const HostEntry*>& entries,
                                                             std::string_view ns) const;

  [[nodiscard]] bool has_odd_wildcards() const { return odd_wildcards_ > 0; }
  [[nodiscard]] const HostEntry* find(std::string_view host) const;

 private:
  void regroup(HostRules& rules) const;

  std::string root_;
  bool private_by_default_;
  struct HostHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view host) const { return std::hash<std::string_view>()(host); }
  };

  std::unordered_map<CompactString, HostEntry, HostHash, std::equal_to<>> entries_;  // stable addresses
  std::map<std::size_t, std::uint32_t, std::greater<>>
      wildcard_sizes_;               // sizes of wildcard hosts, with counts
  std::uint32_t odd_wildcards_ = 0;  // wildcards that neither are `*` nor start with `*.`
};

}  // namespace workspace
