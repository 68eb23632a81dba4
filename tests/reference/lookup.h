// docs/design/mtls-semantics.md, section 4: which DestinationRule clause decides.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/documents.h"
#include "tests/reference/proxies.h"

namespace reference {

inline bool is_wildcard(const std::string& host) { return host.starts_with('*'); }

struct Visibility {
  bool everyone = false;
  bool own = false;             // `.`
  std::set<std::string> names;  // the rest

  bool in_own(const std::string& own_namespace) const {  // step 1
    return everyone || own || names.contains(own_namespace);
  }
  bool in_by_name(const std::string& ns) const { return everyone || names.contains(ns); }  // steps 2 and 3
  std::set<std::string> resolved(const std::string& own_namespace) const {
    std::set<std::string> result = names;
    if (own) result.insert(own_namespace);
    return result;
  }
  bool only_in(const std::string& own_namespace) const {
    return !everyone && resolved(own_namespace) == std::set<std::string>{own_namespace};
  }
};

// A DestinationRule, or one target of a BackendTLSPolicy.
struct Rule {
  Identity id;
  DestinationRule value;
  bool backend = false;
  std::string target_path;          // of a backend: its target's name
  std::optional<std::string> host;  // resolved
  bool refused = false;             // MTLS0015: takes no part
  Visibility visibility;
  std::set<std::string> export_to;  // as written
};

// Reports whether Istio's validation refuses the rule's exportTo (MTLS0015).
bool is_refused(const DestinationRule& rule, const std::string& own_namespace);

// A host that is called.
struct Target {
  std::string host;
  bool undocumented = false;  // "one that is in none of the documents"
};

bool matches(const std::string& rule_host, const Target& target);

enum class ClientMode { NoTls, Disable, Simple, Mutual, IstioMutual };

bool exists_as_client_mode(const std::string& mode);
ClientMode client_mode(const std::optional<Tls>& tls);

// `tls.mode`, or the key `tls` when there is no mode.
std::string tls_path(const std::string& parent, const Tls& tls);
std::string port_path(const std::string& policy_path, std::size_t index);
std::string subset_path(std::size_t index);

// Every clause of a rule that carries tls: (parent path, tls).
std::vector<std::pair<std::string, const Tls*>> clauses_with_tls(const DestinationRule& rule);

struct NamedSubset {
  const Rule* rule = nullptr;
  std::size_t index = 0;
  const Subset& value() const { return rule->value.subsets[index]; }
};

struct Group {
  std::vector<const Rule*> rules;  // oldest first, those with a selector before; the first started it

  const Rule& first() const { return *rules.front(); }
  const std::string& host() const { return *first().host; }
  const std::optional<Labels>& selector() const { return first().value.workload_selector; }

  const Rule* top_level() const;  // the rule that the top-level policy came from, or null
  std::vector<NamedSubset> subsets() const;
  friend bool operator==(const Group&, const Group&) = default;
};

struct Clause {
  ClientMode mode = ClientMode::NoTls;
  const Rule* rule = nullptr;  // null: nothing says tls
  std::string path;
  bool present() const { return rule != nullptr && mode != ClientMode::NoTls; }
  Place place() const { return rule->id.place(path); }
};

struct Choice {
  Clause clause;                     // the deciding one
  Clause hidden;                     // what an entry without tls hides, else absent
  std::optional<Place> passthrough;  // the loadBalancer that makes a service headless for this call
};

Choice choose_clause(const Group& group, int port, const std::optional<NamedSubset>& subset);

// The selectors that a client carries.
using ClientClass = std::set<Labels>;

struct Found {
  Group group;
  int step = 0;
};

class Lookup {
 public:
  Lookup(const Documents& documents, const Effective& settings);

  // Oldest first, those of BackendTLSPolicies before all; also those that never take effect.
  const std::vector<Rule>& rules() const { return rules_; }

  std::vector<ClientClass> client_classes(const std::string& ns,
                                          const std::vector<KnownWorkload>& workloads) const;

  // The deciding group of a call from a class of namespace `client` to a host in `target_namespace`, as if
  // `removed` did not exist.
  std::optional<Found> find(const std::string& client, const ClientClass& carried,
                            const std::string& target_namespace, const Target& target,
                            const Group* removed = nullptr) const;

 private:
  std::string root_;
  std::vector<Rule> rules_;
};

}  // namespace reference
