#include "workspace/mesh/rule_lookup.h"

#include <algorithm>
#include <optional>

#include "workspace/mesh/host_name.h"

namespace workspace {

namespace {

bool is_odd_wildcard(std::string_view host) {
  return is_wildcard(host) && host != "*" && !host.starts_with("*.");
}

// The set that groups compare, as written. A rule with a workloadSelector counts as `["."]`.
const ExportTo& export_of(const RuleNode* rule) {
  static const ExportTo kOwn = {CompactString(".")};
  return rule->rule().has_workload_selector() ? kOwn : rule->rule().export_to;
}

const ExportTo& export_of(const RuleGroup& group) { return export_of(group.rules.front()); }

const Labels* selector_of(const RuleNode* rule) {
  const DestinationRule& facts = rule->rule();
  return facts.has_workload_selector() ? &facts.rare->workload_selector : nullptr;
}

// "equals its own or is a non-empty strict subset of it", sets as written (sorted). Those of different
// selectors never join.
bool joins(const RuleNode* rule, const RuleGroup& group) {
  const Labels* selector = selector_of(rule);
  const Labels* theirs = group.selector();
  if (selector != nullptr && theirs != nullptr && *selector != *theirs) return false;
  const ExportTo& own = export_of(rule);
  const ExportTo& other = export_of(group);
  if (own == other) return true;
  return !other.empty() && std::includes(own.begin(), own.end(), other.begin(), other.end());
}

// Whether a rule that joins a group needs one of its own nevertheless: clients without the group's selector
// see it only there.
bool stands_alone(const RuleNode* rule, const RuleGroup& group) {
  return (selector_of(rule) == nullptr) != (group.selector() == nullptr) &&
         export_of(rule) != export_of(group);
}

void add_ports(const OptionalPtr<TrafficPolicy>& policy, CompactList<std::uint32_t>& ports) {
  if (!policy) return;
  for (const PortTls& entry : policy->ports) {
    if (entry.port) ports.push_back(*entry.port);
  }
}

void merge(RuleGroup& group, RuleNode* rule) {
  const DestinationRule& facts = rule->rule();
  group.rules.push_back(rule);
  RuleNode*& owner = rule->backend == nullptr ? group.top : group.backend;
  if (owner == nullptr && facts.policy) owner = rule;
  for (std::size_t i = 0; i < facts.subsets.size(); ++i) {
    const CompactString& name = facts.subsets[i].name;
    const bool known = std::any_of(group.subsets.begin(), group.subsets.end(), [&name](const auto& subset) {
      return subset.first->rule().subsets[static_cast<std::size_t>(subset.second)].name == name;
    });
    if (!known) group.subsets.emplace_back(rule, static_cast<std::int32_t>(i));
    add_ports(facts.subsets[i].policy, group.ports);
  }
  add_ports(facts.policy, group.ports);
}

CompactList<RuleGroup> group_rules(const std::vector<RuleNode*>& rules) {
  CompactList<RuleGroup> groups;
  for (RuleNode* rule : rules) {
    bool starts_own = true;
    for (RuleGroup& group : groups) {
      const bool joined = joins(rule, group);
      starts_own = !joined || stands_alone(rule, group);
      if (joined) merge(group, rule);
    }
    if (starts_own) merge(groups.emplace_back(), rule);
  }
  for (RuleGroup& group : groups) {
    std::sort(group.ports.begin(), group.ports.end());
    group.ports.erase(std::unique(group.ports.begin(), group.ports.end()), group.ports.end());
  }
  return groups;
}

// Whether clients of another namespace see it there by its name.
bool is_exported_to(const RuleGroup& group, std::string_view client) {
  if (group.rules.front()->is_public) return true;
  const ExportTo& names = export_of(group);
  return std::binary_search(names.begin(), names.end(), client);
}

// Step 1: the first group whose selector the client carries, else the last one without selector. `any`
// reports whether a group was there.
const RuleGroup* choose_home(const CompactList<RuleGroup>& groups, const Client& client,
                             const RuleGroup* without, bool& any) {
  const RuleGroup* last = nullptr;
  for (const RuleGroup& group : groups) {
    if (&group == without) continue;
    any = true;
    const Labels* selector = group.selector();
    if (selector == nullptr) {
      last = &group;
    } else if (client.carries(*selector)) {
      return &group;
    }
  }
  return last;
}

// Steps 2 and 3: the last group that is not left out and visible. `any` reports whether one was there.
const RuleGroup* last_visible(const CompactList<RuleGroup>& groups, std::string_view client,
                              const RuleGroup* without, bool& any) {
  const RuleGroup* found = nullptr;
  for (const RuleGroup& group : groups) {
    if (&group == without) continue;
    any = true;
    if (is_exported_to(group, client)) found = &group;
  }
  return found;
}

bool is_exported_in_own(const ExportTo& names, std::string_view own) {
  return std::any_of(names.begin(), names.end(),
                     [own](const CompactString& name) { return name == "." || name == own; });
}

auto place_of(auto& by_namespace, std::string_view ns) {
  return std::lower_bound(
      by_namespace.begin(), by_namespace.end(), ns,
      [](const std::unique_ptr<HostRules>& rules, std::string_view wanted) { return rules->ns < wanted; });
}

}  // namespace

const HostRules* HostEntry::in(std::string_view ns) const {
  const auto at = place_of(by_namespace, ns);
  return at != by_namespace.end() && (*at)->ns == ns ? at->get() : nullptr;
}

bool is_older(const ResourceNode* a, const ResourceNode* b) {
  if (a->created != b->created) return a->created < b->created;
  if (a->id.name != b->id.name) return a->id.name < b->id.name;
  if (a->id.ns != b->id.ns) return a->id.ns < b->id.ns;
  const Definition& p = a->definitions.front();
  const Definition& q = b->definitions.front();
  if (p.document->file != q.document->file) return p.document->file->path < q.document->file->path;
  if (p.document != q.document) return p.document->ordinal < q.document->ordinal;
  return p.index < q.index;
}

bool is_injected_label(std::string_view key) {
  return key == "security.istio.io/tlsMode" || key == "service.istio.io/canonical-name";
}

bool has_injected_label(const Labels& selector) {
  return std::any_of(selector.begin(), selector.end(),
                     [](const auto& label) { return is_injected_label(label.first.view()); });
}

std::optional<std::string_view> label_with_injected(const Labels& labels, std::string_view key,
                                                    std::string_view workload) {
  if (const CompactString* own = find_label(labels, key)) return own->view();
  if (key == "security.istio.io/tlsMode") return "istio";
  if (key != "service.istio.io/canonical-name") return std::nullopt;
  for (const std::string_view source : {"app.kubernetes.io/name", "app"}) {
    if (const CompactString* name = find_label(labels, source)) return name->view();
  }
  return workload.empty() ? std::nullopt : std::optional(workload);
}

bool is_subset_of_injected(const Labels& selector, const Labels& labels, std::string_view workload) {
  return std::all_of(selector.begin(), selector.end(), [&](const auto& label) {
    return label_with_injected(labels, label.first.view(), workload) == std::optional(label.second.view());
  });
}

bool is_refused(const DestinationRule& rule, std::string_view ns) {
  if (!rule.rare) return false;
  const auto& written = rule.rare->written_exports;
  std::vector<std::string_view> names;
  for (const auto& entry : written) names.push_back(entry.value == "." ? ns : entry.value.view());
  std::sort(names.begin(), names.end());
  const auto has = [&names](std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
  };
  if (std::adjacent_find(names.begin(), names.end()) != names.end() || has("~")) return true;
  if (names.size() > 1 && has("*")) return true;
  return rule.has_workload_selector() && !names.empty() && names.front() != ns;
}

bool Client::carries(const Labels& selector) const {
  if (alone != nullptr && is_subset(selector, *alone)) return true;
  if (workload == nullptr) return selector.empty();
  const Labels& labels = workload->workload().labels;
  if (is_subset(selector, labels)) return true;
  return sidecar && has_injected_label(selector) &&
         is_subset_of_injected(selector, labels, workload->id.name.view());
}

const Labels* RuleGroup::selector() const { return selector_of(rules.front()); }

namespace {

// What one level of a policy says of a port.
struct Level {
  bool exists = false;    // an entry for the port
  bool has_tls = false;   // in the entry, else in the policy
  bool is_valid = false;  // a mode that exists, or DISABLE because there is none
  RuleNode* rule = nullptr;
  ClauseRef clause;
};

bool is_valid(const std::optional<ClientTls>& tls) { return tls && tls->mode != TlsMode::Invalid; }

// Of the policy at a subset of a rule, or at its top (-1).
Level entry_of(RuleNode* rule, std::int32_t subset, const TrafficPolicy& policy, std::uint32_t port) {
  const PortTls* entry = policy.port(port);
  if (entry == nullptr) return {};
  const auto index = static_cast<std::int32_t>(entry - policy.ports.data());
  return {true, entry->tls.has_value(), is_valid(entry->tls), rule, {subset, index}};
}

Level whole_of(RuleNode* rule, std::int32_t subset, const TrafficPolicy& policy) {
  return {true, policy.tls.has_value(), is_valid(policy.tls), rule, {subset, -1}};
}

// The rules whose fields make a group's top-level policy, those that go first before: the one that owns it.
// Over what BackendTLSPolicies make each rule lays its own fields, the youngest last
// (mergeBackendPolicyTrafficPolicy).
template <class Visit>
void visit_top(const RuleGroup& group, const Visit& visit) {
  if (group.backend == nullptr) {
    if (group.top != nullptr) visit(group.top);
    return;
  }
  for (std::size_t i = group.rules.size(); i-- > 0;) {
    if (group.rules[i]->rule().policy) visit(group.rules[i]);
  }
}

Level top_entry_of(const RuleGroup& group, std::uint32_t port) {
  Level found;
  visit_top(group, [&](RuleNode* rule) {
    const Level own = entry_of(rule, -1, *rule->rule().policy, port);
    if (own.exists && !found.has_tls && (own.has_tls || !found.exists)) found = own;
  });
  return found;
}

Level top_whole_of(const RuleGroup& group) {
  Level found;
  visit_top(group, [&](RuleNode* rule) {
    if (!found.has_tls) found = whole_of(rule, -1, *rule->rule().policy);
  });
  return found;
}

RuleNode* top_passthrough_of(const RuleGroup& group) {
  RuleNode* found = nullptr;
  visit_top(group, [&](RuleNode* rule) {
    if (found == nullptr && rule->rule().policy->passthrough) found = rule;
  });
  return found;
}

}  // namespace

RuleGroup::Chosen RuleGroup::clause(const std::pair<RuleNode*, std::int32_t>* subset,
                                    std::uint32_t port) const {
  Chosen chosen;
  const auto decide = [&chosen](const Level& level) {
    if (!level.is_valid) return;
    chosen.rule = level.rule;
    chosen.clause = level.clause;
  };
  const auto hide = [&chosen](const Level& level) {
    if (chosen.hidden_rule != nullptr || !level.is_valid) return;
    chosen.hidden_rule = level.rule;
    chosen.hidden = level.clause;
  };
  const Level top_entry = top_entry_of(*this, port);
  const Level top_whole = top_whole_of(*this);
  if (subset != nullptr) {
    const auto& policy = subset->first->rule().subsets[static_cast<std::size_t>(subset->second)].policy;
    if (policy) {
      const Level entry = entry_of(subset->first, subset->second, *policy, port);
      const Level whole = whole_of(subset->first, subset->second, *policy);
      if (entry.exists) {
        decide(entry);
        if (entry.has_tls) return chosen;
        hide(whole);
        hide(top_entry);
        hide(top_whole);
        return chosen;
      }
      if (policy->passthrough) {
        chosen.passthrough_rule = subset->first;
        chosen.passthrough_subset = subset->second;
      }
      if (whole.has_tls) {
        decide(whole);
        return chosen;
      }
    }
  } else if (!top_entry.exists) {
    chosen.passthrough_rule = top_passthrough_of(*this);
  }
  if (!top_entry.exists) {
    decide(top_whole);
  } else {
    decide(top_entry);
    if (!top_entry.has_tls) hide(top_whole);
  }
  return chosen;
}

void RuleIndex::regroup(HostRules& rules) const {
  const std::string_view ns = rules.ns;
  const auto rank = [](const RuleNode* rule) {
    if (rule->rule().has_workload_selector()) return 0;
    return rule->backend != nullptr ? 1 : 2;  // istiod's has no time of creation
  };
  std::sort(rules.rules.begin(), rules.rules.end(), [&rank](const RuleNode* a, const RuleNode* b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : is_older(a, b);
  });
  std::vector<RuleNode*> home;
  std::vector<RuleNode*> exported;
  for (RuleNode* rule : rules.rules) {
    const bool in_own = rule->is_public || rule->is_private || is_exported_in_own(export_of(rule), ns);
    if (ns == root_ ? rule->is_private : in_own) home.push_back(rule);
    if (!rule->is_private) exported.push_back(rule);
  }
  rules.home = group_rules(home);
  rules.exports_all = home == exported;
  rules.exports = rules.exports_all ? CompactList<RuleGroup>() : group_rules(exported);
}

void RuleIndex::add(RuleNode* rule) {
  const ExportTo& names = export_of(rule);
  rule->is_public = names.empty() ? !private_by_default_
                                  : std::binary_search(names.begin(), names.end(), std::string_view("*"));
  rule->is_private =
      !rule->is_public && std::all_of(names.begin(), names.end(), [rule](const CompactString& name) {
        return name == "." || name == rule->id.ns;
      });
  const auto [at, is_new] = entries_.try_emplace(rule->host);
  if (is_new) {
    if (is_wildcard(rule->host)) ++wildcard_sizes_[rule->host.size()];
    if (is_odd_wildcard(rule->host)) ++odd_wildcards_;
  }
  auto& by_namespace = at->second.by_namespace;
  auto own = place_of(by_namespace, rule->id.ns);
  if (own == by_namespace.end() || (*own)->ns != rule->id.ns) {
    own = by_namespace.insert(own, std::make_unique<HostRules>());
    (*own)->ns = rule->id.ns;
  }
  HostRules& rules = **own;
  rules.rules.push_back(rule);
  rule->siblings = &rules;
  regroup(rules);
}

void RuleIndex::remove(RuleNode* rule) {
  const auto at = entries_.find(std::string_view(rule->host));
  HostEntry& entry = at->second;
  HostRules& rules = *rule->siblings;
  erase(rules.rules, rule);
  rule->siblings = nullptr;
  if (!rules.rules.empty()) return regroup(rules);
  entry.by_namespace.erase(place_of(entry.by_namespace, rule->id.ns));
  if (!entry.by_namespace.empty()) return;
  if (is_odd_wildcard(rule->host)) --odd_wildcards_;
  if (is_wildcard(rule->host)) {
    const auto size = wildcard_sizes_.find(rule->host.size());
    if (--size->second == 0) wildcard_sizes_.erase(size);
  }
  entries_.erase(at);
}

const HostEntry* RuleIndex::find(std::string_view host) const {
  const auto at = entries_.find(host);
  return at == entries_.end() ? nullptr : &at->second;
}

std::vector<const HostEntry*> RuleIndex::matching(std::string_view host, bool undocumented) const {
  std::vector<const HostEntry*> found;
  if (!undocumented) {
    if (const HostEntry* exact = find(host)) found.push_back(exact);
  }
  std::string wildcard;
  for (const auto& [size, count] : wildcard_sizes_) {
    if (size - 1 > host.size()) continue;
    wildcard.assign(1, '*').append(host.substr(host.size() - (size - 1)));
    if (undocumented && is_odd_wildcard(wildcard)) continue;
    if (const HostEntry* entry = find(wildcard)) found.push_back(entry);
  }
  return found;
}

const RuleGroup* RuleIndex::lookup(const std::vector<const HostEntry*>& entries, const Client& client,
                                   std::string_view ns, const RuleGroup* without) const {
  int step = 0;
  return lookup(entries, client, ns, without, step);
}

const RuleGroup* RuleIndex::lookup(const std::vector<const HostEntry*>& entries, const Client& client,
                                   std::string_view ns, const RuleGroup* without, int& found_at) const {
  found_at = 1;
  for (const HostEntry* entry : entries) {
    const HostRules* own = entry->in(client.ns);
    if (own == nullptr) continue;
    bool any = false;
    const RuleGroup* group = choose_home(own->home, client, without, any);
    if (any) return group;
  }
  const auto step = [&](std::string_view owner) -> const RuleGroup* {
    for (const HostEntry* entry : entries) {
      const HostRules* rules = entry->in(owner);
      if (rules == nullptr) continue;
      bool any = false;
      const RuleGroup* group = last_visible(rules->exported(), client.ns, without, any);
      if (any) return group;  // the host is picked before visibility is asked
    }
    return nullptr;
  };
  found_at = 2;
  if (client.ns != ns || ns == root_) {
    if (const RuleGroup* group = step(ns)) return group;
  }
  found_at = 3;
  return ns == root_ ? nullptr : step(root_);
}

std::vector<std::string_view> RuleIndex::client_classes(const std::vector<const HostEntry*>& entries,
                                                        std::string_view ns) const {
  std::vector<std::string_view> classes = {kUndocumented, ns, root_};
  for (const HostEntry* entry : entries) {
    for (const auto& rules : entry->by_namespace) {
      const std::string_view owner = rules->ns;
      classes.push_back(owner);
      if (owner != ns && owner != root_) continue;
      for (const RuleGroup& group : rules->exported()) {
        for (const CompactString& name : export_of(group)) {
          if (name != "*" && name != ".") classes.push_back(name);
        }
      }
    }
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

}  // namespace workspace
