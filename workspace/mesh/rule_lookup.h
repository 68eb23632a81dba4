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

// Rules that are merged: their subsets concatenated, the first traffic policy on top.
struct RuleGroup {
  CompactList<RuleNode*> rules;                             // oldest first; the first one's exportTo counts
  RuleNode* top = nullptr;                                  // owns the top-level policy; null: there is none
  CompactList<std::pair<RuleNode*, std::int32_t>> subsets;  // rule and index; first of a name
  CompactList<std::uint32_t> ports;                         // of all its clauses; sorted, unique

  // The clause for a port and a subset (null: none); no tls: {nullptr, …}.
  struct Chosen {
    RuleNode* rule = nullptr;
    ClauseRef clause;
  };
  [[nodiscard]] Chosen clause(const std::pair<RuleNode*, std::int32_t>* subset, std::uint32_t port) const;
};

// The rules of one namespace for one host, grouped for each step that looks at them.
struct HostRules {
  CompactString ns;
  CompactList<RuleNode*> rules;  // oldest first
  CompactList<RuleGroup> home;   // step 1: visible in their own namespace (in the root: nowhere else)
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

// Visible in `client`: exportTo as written in a rule of `own`.
bool is_visible(const ExportTo& export_to, std::string_view own, std::string_view client);
// Visible in its own namespace and nowhere else.
bool is_private(const ExportTo& export_to, std::string_view own);
bool is_public(const ExportTo& export_to);

class RuleIndex {
 public:
  explicit RuleIndex(std::string root_namespace) : root_(std::move(root_namespace)) {}

  void add(RuleNode* rule);  // by rule->host; without workloadSelector
  void remove(RuleNode* rule);

  // The entries whose host matches, most specific first. `undocumented`: the host stands for a service in no
  // document, which among wildcards only `*` and `*.…` match.
  [[nodiscard]] std::vector<const HostEntry*> matching(std::string_view host, bool undocumented) const;

  // The group that decides for clients in `client` and a service in `ns`; `without`: as if that group were
  // not.
  [[nodiscard]] const RuleGroup* lookup(const std::vector<const HostEntry*>& entries, std::string_view client,
                                        std::string_view ns, const RuleGroup* without = nullptr) const;

  // The client namespaces that may see different rules; kUndocumented stands for all others.
  [[nodiscard]] std::vector<std::string_view> client_classes(const std::vector<const HostEntry*>& entries,
                                                             std::string_view ns) const;

  [[nodiscard]] bool has_odd_wildcards() const { return odd_wildcards_ > 0; }
  [[nodiscard]] const HostEntry* find(std::string_view host) const;

 private:
  void regroup(HostRules& rules) const;

  std::string root_;
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
