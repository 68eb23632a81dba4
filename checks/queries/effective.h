// What is in force: per service and port, who decides the server's mode and what it overrode, what clients
// send and who decides that, and whether calls work. The same graph that findings come from, written out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/finding.h"
#include "checks/queries/mesh_head.h"
#include "checks/queries/proxy_text.h"
#include "workspace/mesh/mesh.h"

namespace checks {

// A policy or clause that says a mode.
struct EffectiveSource {
  std::string_view mode;
  std::optional<Location>
      place;  // none: nobody says so, it is the default; or its text is gone from a broken document
};

// A workload whose calls no sidecar takes, and why; or the port of one that leaves it out.
struct EffectiveOutsider {
  std::optional<workspace::ResourceId> workload;  // none: whatever is there
  workspace::Proxy proxy = workspace::Proxy::Outside;
  std::string reason;             // "namespace kube-system", "sidecar.istio.io/inject: false"
  std::optional<Location> place;  // that says so
};

// "no sidecar: namespace kube-system"
inline std::string summary_of(const EffectiveOutsider& outsider) {
  return describe_proxy(outsider.proxy, outsider.reason);
}

struct EffectiveServer {
  EffectiveSource decided;
  std::vector<EffectiveSource> overridden;       // the most specific first
  std::vector<workspace::ResourceId> workloads;  // known ones with a sidecar; empty: none is known
};

// What clients send to the servers of one entry of `servers`.
struct EffectiveCall {
  std::size_t server = 0;  // index
  workspace::Sent sends = workspace::Sent::Plaintext;
  bool fails = false;
  std::size_t workloads = 0;  // 1 for a stand-in
};

struct EffectiveClients {
  std::vector<std::string> namespaces;  // sorted
  workspace::Labels labels;             // of the workloadSelectors that they carry
  bool all_others = false;              // and every namespace not named in another entry of that subset
  std::string subset;                   // empty: none
  EffectiveSource sends;                // mode "auto mTLS" or "plaintext" where no clause gives tls; empty:
                                        // their Sidecar keeps them from the host
  std::size_t servers = 0;              // that may answer; 0: there is no call
  std::size_t failing = 0;
  std::size_t outside = 0;  // where `servers` is 0: workloads without a sidecar that a clause sends mTLS to
  std::vector<EffectiveCall> calls;
};

struct EffectivePort {
  std::optional<std::uint32_t> port;  // none: any port not named here
  std::vector<EffectiveServer> servers;
  std::vector<EffectiveOutsider> outside;
  std::vector<EffectiveClients> clients;
};

// Who calls without a certificate of the mesh, whatever the port: what a webhook, a monitor or an Ingress
// names, or a text of a workload without a sidecar.
struct EffectiveCaller {
  workspace::ResourceId id;
  std::optional<Location> place;  // its name
  bool is_refused = false;        // by every workload that it reaches
};

struct EffectiveService {
  std::string ns;    // empty: namespaces in no document
  std::string host;  // empty: services in no document
  std::vector<EffectivePort> ports;
  std::vector<EffectiveCaller> callers;  // known ones, by kind and name
};

struct EffectiveMesh {
  MeshHead head;
  std::vector<EffectiveService> services;  // by namespace and host, those in no document last
};

// One service by its host; nullopt: neither a document nor a rule speaks of it.
std::optional<EffectiveService> effective_service(const workspace::Mesh& mesh, const std::string& ns,
                                                  const std::string& host);

// The services of one mesh, one at a time, in the order of EffectiveMesh::services: work that costs with the
// mesh can stop after each. Valid until the mesh changes.
class EffectiveServices {
 public:
  explicit EffectiveServices(const workspace::Mesh& mesh);

  // The next one; nullopt: there are no more.
  std::optional<EffectiveService> next();

 private:
  using Namespaces = std::map<std::string, std::unique_ptr<workspace::NamespaceNode>, std::less<>>;

  // The first host that comes after the last one of the namespace; nullopt: there are no more.
  std::optional<std::string_view> next_host();
  void enter_namespace();

  const workspace::PolicyGraph* graph_;
  Namespaces::const_iterator ns_;
  bool undocumented_left_ = true;
  std::map<workspace::CompactString, std::uint32_t, std::less<>>::const_iterator rule_host_;
  std::map<workspace::CompactString, workspace::ServiceNode*, std::less<>>::const_iterator service_;
};

// What is in force in each mesh. Costs what the workspace is large; not for every edit.
std::vector<EffectiveMesh> effective(const Analysis& analysis);

}  // namespace checks
