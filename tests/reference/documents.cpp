#include "tests/reference/documents.h"

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

namespace reference {

using std::optional;
using std::string;
using std::vector;

bool contains(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

namespace {

string kind_of(const Resource& resource) {
  struct Visitor {
    string operator()(const PeerAuthentication&) const { return "PeerAuthentication"; }
    string operator()(const AuthorizationPolicy&) const { return "AuthorizationPolicy"; }
    string operator()(const DestinationRule&) const { return "DestinationRule"; }
    string operator()(const ServiceEntry&) const { return "ServiceEntry"; }
    string operator()(const Sidecar&) const { return "Sidecar"; }
    string operator()(const Gateway&) const { return "Gateway"; }
    string operator()(const Namespace&) const { return "Namespace"; }
    string operator()(const Service&) const { return "Service"; }
    string operator()(const Workload& workload) const { return workload.kind; }
    string operator()(const MeshConfigSource& source) const { return source.kind; }
    string operator()(const ConfigMap&) const { return "ConfigMap"; }
    string operator()(const ApiServerCaller& caller) const { return caller.kind; }
    string operator()(const Monitor& monitor) const { return monitor.kind; }
    string operator()(const Ingress&) const { return "Ingress"; }
    string operator()(const BackendTlsPolicy&) const { return "BackendTLSPolicy"; }
    string operator()(const Foreign&) const { return ""; }
  };
  return std::visit(Visitor{}, resource);
}

class Reader {
 public:
  explicit Reader(const MeshModel& mesh)
      : default_namespace_(mesh.settings.default_namespace.value_or("default")) {
    vector<const File*> files;
    for (const File& file : mesh.files) files.push_back(&file);
    // "File paths compare as text."
    std::stable_sort(files.begin(), files.end(),
                     [](const File* a, const File* b) { return a->path < b->path; });
    for (const File* file : files) {
      for (std::size_t d = 0; d < file->documents.size(); ++d) {
        const Document& document = file->documents[d];
        for (std::size_t i = 0; i < document.items.size(); ++i) {
          read(document.items[i], file->path, static_cast<int>(d), document.list ? static_cast<int>(i) : -1);
        }
      }
    }
  }

  Documents take() { return std::move(documents_); }

 private:
  void read(const Resource& resource, const string& file, int document, int item) {
    std::visit(
        [&](const auto& value) {
          if constexpr (requires { value.meta; }) keep(value, kind_of(resource), file, document, item);
        },
        resource);  // Foreign has no meta: not ours
  }

  template <class T>
  void keep(const T& value, const string& kind, const string& file, int document, int item) {
    // "Missing metadata.namespace = the default namespace; cluster-scoped kinds have none."
    const bool cluster_scoped = kind == "Namespace" || std::is_same_v<T, ApiServerCaller>;
    const string ns = cluster_scoped ? "" : value.meta.ns.value_or(default_namespace_);
    // "A resource is identified by kind with its group, namespace, name": KnativeService is Service of
    // another group.
    Identity id{kind, ns, value.meta.name.value_or(""), value.meta.name.has_value(), file, document, item};
    if (kind == "KnativeService") id.kind = "Service";
    // "Where one is defined more than once in a mesh, the first ... counts"; "one without a name is never a
    // copy".
    if (id.named) {
      const auto [first, is_first] = first_by_identity_.try_emplace(std::tuple{kind, ns, id.name}, id);
      if (!is_first) {
        // A later copy contributes nothing else.
        documents_.copies.push_back({first->second, id});
        return;
      }
    }
    if (!cluster_scoped) documents_.metadata_namespaces.insert(ns);
    add(Read<T>{&value, id, order_++});
  }

  void add(Read<PeerAuthentication> read) { documents_.policies.push_back(std::move(read)); }
  void add(Read<AuthorizationPolicy> read) { documents_.authorizations.push_back(std::move(read)); }
  void add(Read<DestinationRule> read) { documents_.rules.push_back(std::move(read)); }
  void add(Read<ServiceEntry> read) { documents_.entries.push_back(std::move(read)); }
  void add(Read<Sidecar> read) { documents_.sidecars.push_back(std::move(read)); }
  void add(Read<Gateway> read) { documents_.gateways.push_back(std::move(read)); }
  void add(Read<Namespace> read) { documents_.namespaces.push_back(std::move(read)); }
  void add(Read<Service> read) { documents_.services.push_back(std::move(read)); }
  void add(Read<Workload> read) { documents_.workloads.push_back(std::move(read)); }
  void add(Read<MeshConfigSource> read) { documents_.configs.push_back(std::move(read)); }
  void add(Read<ConfigMap> read) { documents_.config_maps.push_back(std::move(read)); }
  void add(Read<ApiServerCaller> read) { documents_.api_callers.push_back(std::move(read)); }
  void add(Read<Monitor> read) { documents_.monitors.push_back(std::move(read)); }
  void add(Read<Ingress> read) { documents_.ingresses.push_back(std::move(read)); }
  void add(Read<BackendTlsPolicy> read) { documents_.backend_policies.push_back(std::move(read)); }

  string default_namespace_;
  Documents documents_;
  std::map<std::tuple<string, string, string>, Identity> first_by_identity_;
  std::size_t order_ = 0;
};

}  // namespace

Documents read_documents(const MeshModel& mesh) { return Reader(mesh).take(); }

long long instant(const string& timestamp) {
  // 2024-01-02T03:04:05Z or 2024-01-02T03:04:05+02:00
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoll(timestamp.substr(at, size));
  };
  long long days = 0;
  const auto leap = [](long long year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; };
  const long long year = number(0, 4);
  for (long long y = 1970; y < year; ++y) days += leap(y) ? 366 : 365;
  const long long lengths[] = {31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (long long month = 1; month < number(5, 2); ++month) days += lengths[month - 1];
  days += number(8, 2) - 1;
  long long seconds = ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60 + number(17, 2);
  if (timestamp.at(19) != 'Z') {
    const long long offset = number(20, 2) * 3600 + number(23, 2) * 60;
    seconds += timestamp.at(19) == '+' ? -offset : offset;
  }
  return seconds;
}

Effective effective_settings(const Settings& settings, const Documents& documents) {
  // "the ConfigMap named `istio` in the root namespace of the setting (else `istio-system`) wins, else the
  // first by file path, then place in the file", key by key.
  const string preferred_namespace = settings.root_namespace.value_or("istio-system");
  vector<const MeshConfig*> configs;
  for (const Read<MeshConfigSource>& source : documents.configs) {
    if (!source.value->config) continue;
    if (source.id.kind == "ConfigMap") {
      if (source.id.name != "istio" && !source.id.name.starts_with("istio-")) continue;
      if (source.id.name == "istio" && source.id.ns == preferred_namespace) {
        configs.insert(configs.begin(), &*source.value->config);
        continue;
      }
    }
    configs.push_back(&*source.value->config);
  }
  MeshConfig found;
  for (const MeshConfig* config : configs) {
    if (!found.root_namespace) found.root_namespace = config->root_namespace;
    if (!found.enable_auto_mtls) found.enable_auto_mtls = config->enable_auto_mtls;
    if (!found.cluster_domain) found.cluster_domain = config->cluster_domain;
    if (!found.rule_export_to) found.rule_export_to = config->rule_export_to;
  }
  Effective result;
  result.root_namespace = settings.root_namespace.value_or(found.root_namespace.value_or("istio-system"));
  result.auto_mtls = settings.enable_auto_mtls.value_or(found.enable_auto_mtls.value_or(true));
  result.cluster_domain = settings.cluster_domain.value_or(found.cluster_domain.value_or("cluster.local"));
  result.separate_tis0207 = settings.separate_tis0207.value_or(false);
  const vector<string> export_to =
      settings.rule_export_to.value_or(found.rule_export_to.value_or(vector<string>{"*"}));
  result.rules_are_private = std::find(export_to.begin(), export_to.end(), ".") != export_to.end();
  return result;
}

}  // namespace reference
