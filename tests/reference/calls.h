// docs/design/mtls-semantics.md, sections 5 and 6: every call there is, what its client sends, and whether it
// fails.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/lookup.h"
#include "tests/reference/policies.h"
#include "tests/reference/proxies.h"

namespace reference {

struct CalledService {
  std::string ns;
  std::string name;
  Target target;
  const Read<Service>* document = nullptr;
};

// Of one client class to one port of a service, or of a subset of it.
struct Request {
  std::string client;
  const CalledService* service = nullptr;
  std::optional<Found> found;  // the deciding group
  int port = 0;
  std::optional<NamedSubset> subset;
  Choice choice;
};

// A workload behind a service port.
struct Server {
  const KnownWorkload* known = nullptr;  // null: a stand-in
  Labels labels;
  ProxyVerdict verdict;
  std::optional<int> port;  // p, where it is known
};

enum class Sent { Plaintext, Simple, Mutual, MeshMtls };

enum class Why {
  Clause,             // deciding or hidden
  NoAutoMtls,         // plaintext
  DisabledNamespace,  // plaintext by auto mTLS
  EachWorkload,       // auto mTLS, an ordinary service
  OnceForAll,         // auto mTLS, a headless service
};

struct Call {
  Sent sent = Sent::Plaintext;
  Why why = Why::Clause;
  Clause clause;        // where a clause is why
  bool hidden = false;  // that clause is one an entry without tls hides
  Decision decision;    // of the server
  bool sure = false;
};

bool fails(const Call& call, Mode server_mode);

// All of a mesh that the findings look at.
struct Mesh {
  explicit Mesh(const MeshModel& model);

  Documents documents;
  Effective settings;
  Proxies proxies;
  Policies policies;
  Lookup lookup;
  std::set<std::string> known_namespaces;

  // N of a host `….N.svc.<clusterDomain>`, and the `…`.
  std::optional<std::pair<std::string, std::string>> in_cluster_domain(const std::string& host) const;

  std::vector<std::string> known_and_unknown_namespaces() const;
  std::vector<CalledService> services_of(const std::string& ns) const;

  // "A namespace whose Sidecar ... has `egress` makes calls only to hosts ..."
  bool may_call(const std::string& client, const CalledService& service) const;

  std::set<int> ports_of(const CalledService& service) const;

  // The known workloads that the service's selector selects, whatever their proxy.
  std::vector<const KnownWorkload*> selected_by(const Read<Service>& service) const;

  // Those that take part in calls to a port, whatever their proxy, or a stand-in.
  std::vector<Server> servers(const CalledService& service, int port, const Labels& subset_labels) const;

  // The port p that a service port leads to at a known workload; nullopt: there is none of that name.
  static std::optional<int> workload_port(const ServicePort& port, const KnownWorkload& workload);

  bool without_proxy(const CalledService& service) const;

  // What makes the service headless for a request: its clusterIP or the rule's loadBalancer.
  std::optional<Place> headless(const Request& request) const;

  // Whether the server takes calls that policies decide ("there is no call for a conflict").
  bool counts(const Request& request, const Server& server) const;

  Call call(const Request& request, const Server& server) const;

  // Reports whether the labels of a stand-in are unknown and a policy may well be meant for it under which
  // the call works.
  bool may_be_excepted(const Request& request, const Server& server, const Call& call) const;

  // Visits every (client class, service) with the lookup's answer.
  template <class Visit>
  void each_lookup(Visit visit) const {
    for (const std::string& target_namespace : known_and_unknown_namespaces()) {
      for (const CalledService& service : services_of(target_namespace)) {
        for (const std::string& client : known_and_unknown_namespaces()) {
          if (!may_call(client, service)) continue;
          for (const ClientClass& carried : lookup.client_classes(client, proxies.workloads())) {
            visit(client, carried, service, lookup.find(client, carried, target_namespace, service.target));
          }
        }
      }
    }
  }

  template <class Visit>
  void each_request(Visit visit) const {
    each_lookup([&](const std::string& client, const ClientClass&, const CalledService& service,
                    const std::optional<Found>& found) {
      std::vector<std::optional<NamedSubset>> subsets = {std::nullopt};
      if (found) {
        for (const NamedSubset& subset : found->group.subsets()) subsets.emplace_back(subset);
      }
      for (const auto& subset : subsets) {
        for (const int port : ports_of(service)) {
          Request request{client, &service, found, port, subset, {}};
          if (found) request.choice = choose_clause(found->group, port, subset);
          visit(request);
        }
      }
    });
  }
};

// The labels of the request's subset.
Labels subset_labels(const Request& request);

// "`app`, `app.kubernetes.io/name`, `k8s-app`, `name`"
const std::vector<std::string>& name_keys();

}  // namespace reference
