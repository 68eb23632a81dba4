// docs/design/mtls-semantics.md, sections 1 and 2: the documents that count, and the settings of the mesh.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/reference/mesh_model.h"
#include "tests/reference/reference.h"

namespace reference {

// Reports whether `labels` has all of `wanted`.
bool contains(const Labels& labels, const Labels& wanted);

struct Identity {
  std::string kind;
  std::string ns;
  std::string name;
  bool named = false;
  std::string file;
  int document = 0;
  int item = -1;

  Place place(std::string path) const { return {kind, ns, name, std::move(path), file, document, item}; }
};

template <class T>
struct Read {
  const T* value = nullptr;
  Identity id;
  std::size_t order = 0;  // by file path, then place in the file
};

struct Copy {
  Identity first;
  Identity later;
};

// Every document that counts, in order, and the later copies.
struct Documents {
  std::vector<Read<PeerAuthentication>> policies;
  std::vector<Read<AuthorizationPolicy>> authorizations;
  std::vector<Read<DestinationRule>> rules;
  std::vector<Read<ServiceEntry>> entries;
  std::vector<Read<Sidecar>> sidecars;
  std::vector<Read<Gateway>> gateways;
  std::vector<Read<Namespace>> namespaces;
  std::vector<Read<Service>> services;
  std::vector<Read<Workload>> workloads;
  std::vector<Read<MeshConfigSource>> configs;
  std::vector<Read<ConfigMap>> config_maps;
  std::vector<Read<ApiServerCaller>> api_callers;
  std::vector<Read<Monitor>> monitors;
  std::vector<Read<Ingress>> ingresses;
  std::vector<Read<BackendTlsPolicy>> backend_policies;
  std::vector<Copy> copies;
  std::set<std::string> metadata_namespaces;
};

Documents read_documents(const MeshModel& mesh);

// Seconds since 1970 of an RFC 3339 time stamp.
long long instant(const std::string& timestamp);

// The age order of policies and of rules: "the oldest metadata.creationTimestamp wins; without timestamps ...
// the smallest name, then namespace"; "a missing timestamp sorts before any". Then the place (two without a
// name).
template <class T>
bool older(const Read<T>& a, const Read<T>& b) {
  const auto key = [](const Read<T>& read) {
    const auto& created = read.value->meta.created;
    return std::tuple{created.has_value(), created ? instant(*created) : 0, read.id.name, read.id.ns,
                      read.order};
  };
  return key(a) < key(b);
}

struct Effective {
  std::string root_namespace;
  bool auto_mtls = true;
  std::string cluster_domain;
  bool rules_are_private = false;  // defaultDestinationRuleExportTo has a `.`
  bool separate_tis0207 = false;

  std::string service_suffix() const { return ".svc." + cluster_domain; }
};

Effective effective_settings(const Settings& settings, const Documents& documents);

}  // namespace reference
