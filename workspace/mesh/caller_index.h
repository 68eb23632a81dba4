// Callers that have no certificate of the mesh, by what they call: the API server, cloud load balancers,
// Prometheus, and texts that name a host (docs/design/mtls-semantics.md, section 7, MTLS0201 to MTLS0205).
// Holds references only; what becomes of the calls is the graph's to say. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/mesh/graph_nodes.h"

namespace workspace {

// One port that a caller names.
struct CallerRef {
  ResourceNode* node = nullptr;
  std::int32_t index = 0;  // into its calls, backends or endpoints
  PortRef port;
  bool of_container = false;  // it is a container's port; the Service's else
};

// Which pods or Services a monitor concerns.
struct MonitorScope {
  Kind kind = Kind::ServiceMonitor;
  std::vector<CompactString> namespaces;  // "*": every one
  Labels selector;
};
MonitorScope scope_of(const ResourceNode& monitor);

class CallerIndex {
 public:
  // A Service that a node names, and how.
  struct Named {
    CompactString ns;
    CompactString name;
    CallerRef ref;
  };
  static std::vector<Named> named_by(ResourceNode* node, std::string_view domain);

  // A node of any kind, with the definition that counts; one that calls nobody changes nothing. `calls`: what
  // named_by() gives for it.
  void add(ResourceNode* node, std::vector<Named> calls);
  void remove(ResourceNode* node, const std::vector<Named>& calls);

  // The references to a Service, whether there is one or not; of monitors those that call in plaintext, or
  // all. Costs what they are many and the labels of the Service.
  [[nodiscard]] std::vector<CallerRef> calls_to(const ServiceNode& service, bool all = false) const;
  // The names of the Services of a namespace that callers name; null: none.
  using References = std::map<CompactString, std::vector<CallerRef>, std::less<>>;
  [[nodiscard]] const References* named_in(std::string_view ns) const;
  // Whether a monitor's selector may pick a Service or pods of that namespace.
  [[nodiscard]] bool has_monitors(std::string_view ns) const;
  // The PodMonitors of a namespace of which a label of the selector is among `labels`, or that have none.
  template <class Labelled>
  [[nodiscard]] std::vector<ResourceNode*> pod_monitors(std::string_view ns, const Labelled& labels) const {
    std::vector<ResourceNode*> found;
    each_list(ns, [&](const Monitors& monitors) {
      found.insert(found.end(), monitors.of_any_pods.begin(), monitors.of_any_pods.end());
      if (monitors.of_pods.empty()) return;
      for (const auto& [label, nodes] : labels) {
        const auto at = monitors.of_pods.find(label);
        if (at != monitors.of_pods.end()) found.insert(found.end(), at->second.begin(), at->second.end());
      }
    });
    return found;
  }
  template <class F>
  void for_each_monitor(const F& f) const {
    for (ResourceNode* node : all_monitors_) f(node);
  }

 private:
  // By the first label of the selector; those without one apart.
  using ByLabel = std::unordered_map<Labels::value_type, std::vector<ResourceNode*>, LabelHash>;
  struct Monitors {
    ByLabel of_services;
    ByLabel of_pods;
    std::vector<ResourceNode*> of_any_services;
    std::vector<ResourceNode*> of_any_pods;
    std::size_t count = 0;
  };

  void change_monitor(ResourceNode* node, bool add);
  template <class F>
  void each_list(std::string_view ns, const F& f) const {
    for (const std::string_view key : {ns, std::string_view("*")}) {
      const auto at = monitors_.find(key);
      if (at != monitors_.end()) f(at->second);
    }
  }

  std::map<CompactString, References, std::less<>> named_;   // by namespace, then name
  std::map<CompactString, Monitors, std::less<>> monitors_;  // by namespace; "*": of every one
  std::vector<ResourceNode*> all_monitors_;
};

// Whether a load balancer outside of the cluster makes an Ingress's calls.
bool is_cloud_ingress(const Ingress& ingress);
// Whether Prometheus calls an endpoint in plaintext, as far as the monitor says.
bool is_plaintext(const MonitorEndpoint& endpoint);

}  // namespace workspace
