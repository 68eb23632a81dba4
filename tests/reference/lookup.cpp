#include "tests/reference/lookup.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace reference {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

// ---------------------------------------------------------------------------------------------- visibility

bool is_refused(const DestinationRule& rule, const string& own_namespace) {
  std::set<string> names;
  for (const string& entry : rule.export_to) {
    if (entry == "~") return true;
    if (!names.insert(entry == "." ? own_namespace : entry).second) return true;  // "a name twice"
  }
  if (names.contains("*") && names.size() > 1) return true;  // "`*` beside others"
  // "with `workloadSelector` any other than the own namespace"
  return rule.workload_selector && !names.empty() && names != std::set<string>{own_namespace};
}

namespace {

Visibility visibility_of(const DestinationRule& rule, bool rules_are_private) {
  Visibility result;
  if (rule.workload_selector) {  // "count as exportTo `[\".\"]`"
    result.own = true;
    return result;
  }
  if (rule.export_to.empty()) {
    (rules_are_private ? result.own : result.everyone) = true;
    return result;
  }
  for (const string& entry : rule.export_to) {
    if (entry == "*") {
      result.everyone = true;
    } else if (entry == ".") {
      result.own = true;
    } else {
      result.names.insert(entry);
    }
  }
  return result;
}

std::set<string> export_set(const DestinationRule& rule) {
  if (rule.workload_selector) return {"."};
  return {rule.export_to.begin(), rule.export_to.end()};
}

string resolve_host(const string& host, const string& rule_namespace, const Effective& settings) {
  if (host == "*" || host.find('.') != string::npos) return host;
  return host + "." + rule_namespace + settings.service_suffix();
}

// "with one SIMPLE clause for that Service's host (with `sectionName`: for that port)". A section that the
// Service does not show makes no rule.
optional<DestinationRule> backend_rule(const Read<BackendTlsPolicy>& policy, const TargetRef& target,
                                       const Documents& documents) {
  DestinationRule result;
  result.meta = policy.value->meta;
  result.host = target.name;
  if (!target.section_name) {
    result.policy = TrafficPolicy{Tls{"SIMPLE"}, {}, {}};
    return result;
  }
  for (const Read<Service>& service : documents.services) {
    if (service.id.ns != policy.id.ns || service.id.name != target.name) continue;
    for (const ServicePort& port : service.value->ports) {
      if (port.name != target.section_name) continue;
      result.policy = TrafficPolicy{{}, {{port.port, Tls{"SIMPLE"}}}, {}};
      return result;
    }
  }
  return std::nullopt;
}

}  // namespace

// --------------------------------------------------------------------------------------------- host, lookup

bool matches(const string& rule_host, const Target& target) {
  if (!is_wildcard(rule_host)) return rule_host == target.host;
  // The undocumented service: "among wildcards only `*` and those that start with `*.` match it".
  if (target.undocumented && rule_host != "*" && !rule_host.starts_with("*.")) return false;
  return target.host.ends_with(string_view(rule_host).substr(1));
}

namespace {

// "exact beats wildcard, then the longer, then alphabetical"
bool more_specific(const string& a, const string& b) {
  if (is_wildcard(a) != is_wildcard(b)) return !is_wildcard(a);
  if (a.size() != b.size()) return a.size() > b.size();
  return a < b;
}

// "Groups of different selectors never join"
bool selectors_may_join(const Rule& a, const Rule& b) {
  if (!a.value.workload_selector || !b.value.workload_selector) return true;
  return a.value.workload_selector == b.value.workload_selector;
}

// Of one host's rules at one step, oldest first.
vector<Group> groups_of(vector<const Rule*> rules) {
  // "They come before rules without selector."
  std::stable_partition(rules.begin(), rules.end(),
                        [](const Rule* rule) { return rule->value.workload_selector.has_value(); });
  vector<Group> groups;
  for (const Rule* rule : rules) {
    bool starts_its_own = true;
    for (Group& group : groups) {
      const std::set<string>& theirs = group.first().export_to;
      const std::set<string>& own = rule->export_to;
      const bool equal = theirs == own;
      const bool superset =
          !theirs.empty() && std::includes(own.begin(), own.end(), theirs.begin(), theirs.end());
      const bool joins = selectors_may_join(group.first(), *rule) && (equal || superset);
      if (joins) group.rules.push_back(rule);
      // "if that is the last group and its own set is a strict superset it starts its own group as well"
      const bool only_one_selects = group.selector().has_value() != rule->value.workload_selector.has_value();
      starts_its_own = !joins || (only_one_selects && !equal);
    }
    if (starts_its_own) groups.push_back({{rule}});
  }
  return groups;
}

}  // namespace

const Rule* Group::top_level() const {
  for (const Rule* rule : rules) {
    if (rule->value.policy) return rule;
  }
  return nullptr;
}

vector<NamedSubset> Group::subsets() const {
  vector<NamedSubset> result;
  std::set<string> names;
  for (const Rule* rule : rules) {
    for (std::size_t i = 0; i < rule->value.subsets.size(); ++i) {
      if (names.insert(rule->value.subsets[i].name).second) result.push_back({rule, i});
    }
  }
  return result;
}

Lookup::Lookup(const Documents& documents, const Effective& settings) : root_(settings.root_namespace) {
  vector<Read<BackendTlsPolicy>> backends = documents.backend_policies;
  std::sort(backends.begin(), backends.end(), older<BackendTlsPolicy>);
  for (const Read<BackendTlsPolicy>& read : backends) {
    for (std::size_t i = 0; i < read.value->targets.size(); ++i) {
      if (read.value->targets[i].kind != "Service") continue;
      const optional<DestinationRule> made = backend_rule(read, read.value->targets[i], documents);
      if (!made) continue;
      Rule rule;
      rule.id = read.id;
      rule.value = *made;
      rule.backend = true;
      rule.target_path = "spec.targetRefs[" + std::to_string(i) + "].name";
      rules_.push_back(std::move(rule));
    }
  }
  vector<Read<DestinationRule>> written = documents.rules;
  std::sort(written.begin(), written.end(), older<DestinationRule>);
  for (const Read<DestinationRule>& read : written) {
    Rule rule;
    rule.id = read.id;
    rule.value = *read.value;
    rule.refused = is_refused(*read.value, read.id.ns);
    rules_.push_back(std::move(rule));
  }
  for (Rule& rule : rules_) {
    if (rule.value.host) rule.host = resolve_host(*rule.value.host, rule.id.ns, settings);
    rule.visibility = visibility_of(rule.value, settings.rules_are_private);
    rule.export_to = export_set(rule.value);
  }
}

vector<ClientClass> Lookup::client_classes(const string& ns, const vector<KnownWorkload>& workloads) const {
  std::set<Labels> selectors;
  for (const Rule& rule : rules_) {
    if (rule.id.ns == ns && !rule.refused && rule.value.workload_selector) {
      selectors.insert(*rule.value.workload_selector);
    }
  }
  const auto class_of = [&](const Labels& labels) {
    ClientClass result;
    for (const Labels& selector : selectors) {
      if (contains(labels, selector)) result.insert(selector);
    }
    return result;
  };
  std::set<ClientClass> classes = {class_of({})};  // the rest
  bool any_known = false;
  for (const KnownWorkload& workload : workloads) {
    if (workload.ns() != ns) continue;
    any_known = true;
    classes.insert(class_of(workload.labels));
  }
  if (!any_known) {
    for (const Labels& selector : selectors) {
      classes.insert(class_of(selector));  // with it any selector that it contains
    }
  }
  return {classes.begin(), classes.end()};
}

optional<Found> Lookup::find(const string& client, const ClientClass& carried, const string& target_namespace,
                             const Target& target, const Group* removed) const {
  for (int step = 1; step <= 3; ++step) {
    // "When C = N ≠ R, step 1 has already looked at all of N."
    if (step == 2 && client == target_namespace && client != root_) continue;
    const string& owner = step == 1 ? client : step == 2 ? target_namespace : root_;

    const auto specific_first = [](const string& a, const string& b) { return more_specific(a, b); };
    std::map<string, vector<const Rule*>, decltype(specific_first)> by_host(specific_first);
    for (const Rule& rule : rules_) {
      if (rule.refused || !rule.host || rule.id.ns != owner || !matches(*rule.host, target)) continue;
      bool looked_at = !rule.visibility.only_in(owner);  // steps 2 and 3
      if (step == 1) {
        looked_at = client == root_ ? rule.visibility.only_in(root_) : rule.visibility.in_own(client);
      }
      if (looked_at) by_host[*rule.host].push_back(&rule);
    }
    for (const auto& [host, rules] : by_host) {
      vector<Group> groups = groups_of(rules);
      if (removed != nullptr) std::erase(groups, *removed);
      if (groups.empty()) continue;  // only where the removed group was the host's only one
      if (step == 1) {
        // "the first one whose selector's labels a client carries decides; else the last group without
        // selector; else none"
        optional<Found> last;
        for (const Group& group : groups) {
          if (group.selector() && carried.contains(*group.selector())) return Found{group, step};
          if (!group.selector()) last = Found{group, step};
        }
        return last;
      }
      // "only then are groups not visible in C dropped"; "the group that started last decides, alone"
      std::erase_if(groups, [&](const Group& group) { return !group.first().visibility.in_by_name(client); });
      if (!groups.empty()) return Found{groups.back(), step};
      break;  // this step yields no rule
    }
  }
  return std::nullopt;
}

// -------------------------------------------------------------------------------------------------- clauses

bool exists_as_client_mode(const string& mode) {
  return mode == "DISABLE" || mode == "SIMPLE" || mode == "MUTUAL" || mode == "ISTIO_MUTUAL";
}

ClientMode client_mode(const optional<Tls>& tls) {
  if (!tls) return ClientMode::NoTls;
  if (!tls->mode || tls->mode == "DISABLE") return ClientMode::Disable;  // "without `mode` is DISABLE"
  if (tls->mode == "SIMPLE") return ClientMode::Simple;
  if (tls->mode == "MUTUAL") return ClientMode::Mutual;
  if (tls->mode == "ISTIO_MUTUAL") return ClientMode::IstioMutual;
  return ClientMode::NoTls;  // "With a bad value the clause stays chosen and gives no tls."
}

string tls_path(const string& parent, const Tls& tls) { return parent + (tls.mode ? ".tls.mode" : ".tls"); }

string port_path(const string& policy_path, std::size_t index) {
  return policy_path + ".portLevelSettings[" + std::to_string(index) + "]";
}

string subset_path(std::size_t index) { return "spec.subsets[" + std::to_string(index) + "].trafficPolicy"; }

vector<std::pair<string, const Tls*>> clauses_with_tls(const DestinationRule& rule) {
  vector<std::pair<string, const Tls*>> result;
  const auto add = [&](const string& path, const optional<TrafficPolicy>& policy) {
    if (!policy) return;
    if (policy->tls) result.emplace_back(path, &*policy->tls);
    for (std::size_t i = 0; i < policy->ports.size(); ++i) {
      if (policy->ports[i].tls) result.emplace_back(port_path(path, i), &*policy->ports[i].tls);
    }
  };
  add("spec.trafficPolicy", rule.policy);
  for (std::size_t i = 0; i < rule.subsets.size(); ++i) add(subset_path(i), rule.subsets[i].policy);
  return result;
}

namespace {

// The first entry for a port counts.
optional<std::size_t> entry_for(const TrafficPolicy& policy, int port) {
  for (std::size_t i = 0; i < policy.ports.size(); ++i) {
    if (policy.ports[i].port == port) return i;
  }
  return std::nullopt;
}

// A `tls` mapping and where it stands; no rule: there is none.
Clause clause_at(const Rule& rule, const string& parent, const optional<Tls>& tls) {
  if (!tls) return {};
  return {client_mode(tls), &rule, rule.backend ? rule.target_path : tls_path(parent, *tls)};
}

struct Entry {
  bool exists = false;
  Clause clause;
};

Entry entry_of(const Rule& rule, const string& policy_path, const TrafficPolicy& policy, int port) {
  const optional<std::size_t> index = entry_for(policy, port);
  if (!index) return {};
  return {true, clause_at(rule, port_path(policy_path, *index), policy.ports[*index].tls)};
}

// The top-level policy of a group: that of the first rule that has one. Over that of BackendTLSPolicies,
// which are one rule, each rule lays its own fields, the youngest last (istiod; cases b5 and b15).
class TopLevel {
 public:
  explicit TopLevel(const Group& group) {
    vector<const Rule*> written;
    for (const Rule* rule : group.rules) {
      if (!rule->value.policy) continue;
      (rule->backend ? levels_ : written).push_back(rule);
    }
    if (levels_.empty()) {
      if (!written.empty()) levels_ = {written.front()};
    } else {
      levels_.insert(levels_.begin(), written.rbegin(), written.rend());
    }
  }

  Clause tls() const {
    for (const Rule* rule : levels_) {
      const Clause own = clause_at(*rule, "spec.trafficPolicy", rule->value.policy->tls);
      if (own.rule != nullptr) return own;
    }
    return {};
  }

  Entry entry(int port) const {
    Entry result;
    for (const Rule* rule : levels_) {
      const Entry own = entry_of(*rule, "spec.trafficPolicy", *rule->value.policy, port);
      result.exists = result.exists || own.exists;
      if (result.clause.rule == nullptr) result.clause = own.clause;
    }
    return result;
  }

  optional<Place> passthrough(int port) const {
    if (entry(port).exists) return std::nullopt;
    for (const Rule* rule : levels_) {
      if (rule->value.policy->load_balancer == "PASSTHROUGH")
        return rule->id.place("spec.trafficPolicy.loadBalancer");
      if (rule->value.policy->load_balancer) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  vector<const Rule*> levels_;  // whose fields go first, first
};

// "the next level that has a mode"
Clause first_present(const vector<Clause>& levels) {
  for (const Clause& clause : levels) {
    if (clause.present()) return clause;
  }
  return {};
}

}  // namespace

Choice choose_clause(const Group& group, int port, const optional<NamedSubset>& subset) {
  const TopLevel top(group);
  const Entry base = top.entry(port);
  Choice result;
  if (!subset) {
    result.passthrough = top.passthrough(port);
  }
  // 2.
  if (subset && subset->value().policy) {
    const TrafficPolicy& policy = *subset->value().policy;
    const string path = subset_path(subset->index);
    const Entry entry = entry_of(*subset->rule, path, policy, port);
    const Clause own = clause_at(*subset->rule, path, policy.tls);
    if (entry.exists) {
      result.clause = entry.clause;
      if (entry.clause.rule == nullptr) result.hidden = first_present({own, base.clause, top.tls()});
      return result;
    }
    if (policy.load_balancer == "PASSTHROUGH") {
      result.passthrough = subset->rule->id.place(path + ".loadBalancer");
    }
    if (own.rule != nullptr) {
      result.clause = own;
      return result;
    }
  }
  // 1.
  if (!base.exists) {
    result.clause = top.tls();
  } else {
    result.clause = base.clause;
    if (base.clause.rule == nullptr) result.hidden = first_present({top.tls()});
  }
  return result;
}

}  // namespace reference
