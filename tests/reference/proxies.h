// docs/design/mtls-semantics.md, section 3.1: does a proxy take the call?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/reference/documents.h"

namespace reference {

enum class Proxy { Gateway, Sidecar, Ambient, Outside };

struct ProxyVerdict {
  Proxy proxy = Proxy::Sidecar;
  bool presumed = false;
  std::optional<Place> because;  // what says outside or ambient, where something does

  bool sidecar() const { return proxy == Proxy::Sidecar; }
  bool outside() const { return proxy == Proxy::Outside; }
};

struct KnownWorkload {
  Read<Workload> read;
  ProxyVerdict verdict;
  Labels labels;                     // with those that injection adds
  std::vector<ContainerPort> ports;  // of all containers, or of the entry

  const std::string& ns() const { return read.id.ns; }
};

bool is_system_namespace(const std::string& ns);

// The path of the pod's fields in a document of that kind: "", "spec.template." ...
std::string pod_path(const std::string& kind);

// `parent` with a key below it: `.key`, or `["key"]` for one with a dot or slash.
std::string key_path(const std::string& parent, const std::string& key);

// Comma-separated numbers of an annotation; what is no number is left out.
std::vector<int> port_list(const std::string& text);

class Proxies {
 public:
  explicit Proxies(const Documents& documents, const std::string& root_namespace);

  const std::vector<KnownWorkload>& workloads() const { return workloads_; }

  // "A stand-in is what section 3.1 says of a pod of its namespace without labels."
  ProxyVerdict stand_in(const std::string& ns) const { return pod(ns, {}, {}, false); }

  // The labels of a stand-in with those that injection adds.
  Labels stand_in_labels(const std::string& ns, Labels labels) const;

 private:
  ProxyVerdict pod(const std::string& ns, const Labels& labels, const Labels& annotations, bool host_network,
                   const Identity* id = nullptr, const std::string& path = "") const;
  ProxyVerdict seen(const Read<Workload>& pod) const;
  bool is_gateway(const Labels& labels, const Labels& annotations) const;

  const Documents& documents_;
  std::string root_;
  std::vector<KnownWorkload> workloads_;
};

// Reports whether port p of a workload with a sidecar is taken by it. `port` is nullopt when it is not known.
bool taken(const KnownWorkload& workload, std::optional<int> port);

// The annotation that leaves `port` out, where an annotation does.
std::optional<Place> annotation_against(const KnownWorkload& workload, int port);

}  // namespace reference
