#include "workspace/mesh/rule_lookup.h"

#include <algorithm>

#include "workspace/mesh/host_name.h"

namespace workspace {

namespace {

bool is_odd_wildcard(std::string_view host) {
  return is_wildcard(host) && host != "*" && !host.starts_with("*.");
}

const ExportTo& export_of(const RuleGroup& group) { return group.rules.front()->rule().export_to; }

// "equals its own or is a non-empty strict subset of it", sets as written (sorted).
bool joins(const ExportTo& own, const ExportTo& group) {
  if (own == group) return true;
  return !group.empty() && std::includes(own.begin(), own.end(), group.begin(), group.end());
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
  if (group.top == nullptr && facts.policy) group.top = rule;
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
    bool joined_last = false;
    for (RuleGroup& group : groups) {
      joined_last = joins(rule->rule().export_to, export_of(group));
      if (joined_last) merge(group, rule);
    }
    if (!joined_last) merge(groups.emplace_back(), rule);
  }
  for (RuleGroup& group : groups) {
    std::sort(group.ports.begin(), group.ports.end());
    group.ports.erase(std::unique(group.ports.begin(), group.ports.end()), group.ports.end());
  }
  return groups;
}

std::string_view resolve(std::string_view name, std::string_view own) { return name == "." ? own : name; }

// The last group that is not left out and visible; `any` tells whether there is one that is not left out.
const RuleGroup* last_visible(const CompactList<RuleGroup>& groups, std::string_view own,
                              std::string_view client, const RuleGroup* without, bool& any) {
  const RuleGroup* found = nullptr;
  for (const RuleGroup& group : groups) {
    if (&group == without) continue;
    any = true;
    if (is_visible(export_of(group), own, client)) found = &group;
  }
  return found;
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
  const Metadata& x = a->metadata();
  const Metadata& y = b->metadata();
  if (x.rare.created() != y.rare.created()) return x.rare.created() < y.rare.created();
  if (a->id.name != b->id.name) return a->id.name < b->id.name;
  if (a->id.ns != b->id.ns) return a->id.ns < b->id.ns;
  const Definition& p = a->definitions.front();
  const Definition& q = b->definitions.front();
  if (p.document->file != q.document->file) return p.document->file->path < q.document->file->path;
  if (p.document != q.document) return p.document->ordinal < q.document->ordinal;
  return p.index < q.index;
}

bool is_public(const ExportTo& export_to) {
  return export_to.empty() || std::binary_search(export_to.begin(), export_to.end(), std::string_view("*"));
}

bool is_visible(const ExportTo& export_to, std::string_view own, std::string_view client) {
  if (is_public(export_to)) return true;
  return std::any_of(export_to.begin(), export_to.end(),
                     [&](const CompactString& name) { return resolve(name, own) == client; });
}

bool is_private(const ExportTo& export_to, std::string_view own) {
  if (is_public(export_to)) return false;
  return std::all_of(export_to.begin(), export_to.end(),
                     [&](const CompactString& name) { return resolve(name, own) == own; });
}

RuleGroup::Chosen RuleGroup::clause(const std::pair<RuleNode*, std::int32_t>* subset,
                                    std::uint32_t port) const {
  const auto pick = [port](RuleNode* rule, std::int32_t index, const TrafficPolicy& policy, Chosen& chosen) {
    if (const PortTls* entry = policy.port(port)) {
      chosen = entry->tls ? Chosen{rule, {index, static_cast<std::int32_t>(entry->index)}} : Chosen{};
      return true;
    }
    if (policy.tls) chosen = {rule, {index, -1}};
    return policy.tls.has_value();
  };
  Chosen chosen;
  if (subset != nullptr) {
    const auto& policy = subset->first->rule().subsets[static_cast<std::size_t>(subset->second)].policy;
    if (policy && pick(subset->first, subset->second, *policy, chosen)) return chosen;
  }
  if (top != nullptr) pick(top, -1, *top->rule().policy, chosen);
  return chosen;
}

void RuleIndex::regroup(HostRules& rules) const {
  const std::string_view ns = rules.ns;
  std::sort(rules.rules.begin(), rules.rules.end(), is_older);
  std::vector<RuleNode*> home;
  std::vector<RuleNode*> exported;
  for (RuleNode* rule : rules.rules) {
    const auto& export_to = rule->rule().export_to;
    const bool only_here = is_private(export_to, ns);
    if (ns == root_ ? only_here : is_visible(export_to, ns, ns)) home.push_back(rule);
    if (!only_here) exported.push_back(rule);
  }
  rules.home = group_rules(home);
  rules.exports_all = home == exported;
  rules.exports = rules.exports_all ? CompactList<RuleGroup>() : group_rules(exported);
}

void RuleIndex::add(RuleNode* rule) {
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

const RuleGroup* RuleIndex::lookup(const std::vector<const HostEntry*>& entries, std::string_view client,
                                   std::string_view ns, const RuleGroup* without) const {
  for (const HostEntry* entry : entries) {
    const HostRules* own = entry->in(client);
    if (own == nullptr) continue;
    bool any = false;
    // Each rule here is visible in `client`, so each group is.
    if (const RuleGroup* group = last_visible(own->home, client, client, without, any)) return group;
  }
  const auto step = [&](std::string_view owner) -> const RuleGroup* {
    for (const HostEntry* entry : entries) {
      const HostRules* rules = entry->in(owner);
      if (rules == nullptr) continue;
      bool any = false;
      const RuleGroup* group = last_visible(rules->exported(), owner, client, without, any);
      if (any) return group;  // the host is picked before visibility is asked
    }
    return nullptr;
  };
  if (client != ns || ns == root_) {
    if (const RuleGroup* group = step(ns)) return group;
  }
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
