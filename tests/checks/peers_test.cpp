// What one mode or host means for its mesh, on small meshes; how it reads is in tests/lsp/hover_test.cpp.
#include "checks/queries/peers.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace tests {

namespace {

using workspace::MtlsMode;
using workspace::PolicyNode;
using workspace::RuleNode;
using workspace::TlsMode;

std::string policy(const std::string& ns, const std::string& name, const std::string& spec) {
  return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: " + name +
         ", namespace: " + ns + "}\nspec: " + spec + "\n";
}

std::string rule(const std::string& ns, const std::string& host, const std::string& mode) {
  return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " + ns +
         "-rule, namespace: " + ns + "}\nspec: {host: '" + host + "', trafficPolicy: {tls: {mode: " + mode +
         "}}}\n";
}

std::string workload(const std::string& ns, const std::string& name, const std::string& more = "") {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: " + ns +
         "}\nspec: {template: {metadata: {labels: {app: " + name + more + "}}}}\n";
}

class OneMesh {
 public:
  explicit OneMesh(const std::string& text, workspace::Settings settings = {}) : mesh_(std::move(settings)) {
    mesh_.put("/w/a.yaml", workspace::read_facts(text));
    mesh_.commit();
    for (const auto* node : checks::resources_in(mesh_, "/w/a.yaml", {0, 1U << 30U}))
      by_name_[node->id.ns + "/" + node->id.name] = node;
  }

  [[nodiscard]] const workspace::PolicyGraph& graph() const { return mesh_.graph(); }
  template <class Node>
  [[nodiscard]] const Node& get(const std::string& name) const {
    return *workspace::node_cast<Node>(by_name_.at(name));
  }
  [[nodiscard]] workspace::PolicyField site(const std::string& name, std::int32_t port = -1) const {
    return checks::site_of(graph(), get<PolicyNode>(name), port);
  }
  [[nodiscard]] checks::PolicyReach reach(const std::string& name, std::int32_t port = -1) const {
    return checks::reach_of(graph(), site(name, port));
  }
  [[nodiscard]] checks::PeerList clients(const std::string& name, MtlsMode mode,
                                         std::int32_t port = -1) const {
    return checks::clients_of(graph(), site(name, port), mode);
  }
  [[nodiscard]] checks::PeerList servers(const std::string& name, TlsMode mode) const {
    return checks::servers_of(graph(), get<RuleNode>(name), {}, mode);
  }

 private:
  workspace::Mesh mesh_;
  std::map<std::string, const workspace::ResourceNode*> by_name_;
};

}  // namespace

TEST_CASE("outlook: a namespace policy decides for the workloads that no other policy decides for") {
  const OneMesh mesh(policy("istio-system", "default", "{mtls: {mode: DISABLE}}") +
                     policy("foo", "default", "{mtls: {mode: STRICT}}") +
                     policy("foo", "own", "{selector: {matchLabels: {app: b}}, mtls: {mode: PERMISSIVE}}") +
                     workload("foo", "a") + workload("foo", "b") + workload("bar", "a") +
                     workload("foo", "bare", ", sidecar.istio.io/inject: 'false'"));
  const auto whole = mesh.reach("foo/default");
  CHECK(whole.workload_count == 1);
  CHECK(whole.workloads.front()->id.name == "a");
  CHECK(whole.exceptions == 1);
  REQUIRE(whole.below.size() == 1);
  CHECK(whole.below.front().mode == MtlsMode::Disable);
  CHECK(mesh.reach("foo/own").workload_count == 1);
  CHECK(mesh.reach("foo/own").below.size() == 2);
  const auto everything = mesh.reach("istio-system/default");
  CHECK(everything.mesh_wide);
  CHECK(everything.exceptions == 1);
  CHECK(everything.namespaces == 2);  // bar and istio-system
}

TEST_CASE("outlook: what decides nothing, and why") {
  const OneMesh mesh(
      policy("istio-system", "some", "{selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}}") +
      policy("foo", "a", "{mtls: {mode: STRICT}, portLevelMtls: {80: {mode: DISABLE}}}") +
      policy("foo", "b", "{mtls: {mode: DISABLE}}") +
      policy("foo", "c", "{selector: {matchLabels: {app: a}}, portLevelMtls: {http: {mode: STRICT}}}"));
  CHECK(mesh.reach("istio-system/some").no_effect == checks::NoEffect::SelectorInRoot);
  CHECK(mesh.reach("foo/a", 0).no_effect == checks::NoEffect::PortsNoSelector);
  CHECK(mesh.reach("foo/c", 0).no_effect == checks::NoEffect::PortIsNoNumber);
  const auto late = mesh.reach("foo/b");
  CHECK(late.no_effect == checks::NoEffect::Older);
  CHECK(late.older->id.name == "a");
  CHECK(mesh.clients("foo/b", MtlsMode::Strict).total == 0);
}

TEST_CASE("outlook: clients of a mode that is not written yet") {
  const OneMesh mesh(policy("istio-system", "default", "{mtls: {mode: }}") +
                     policy("foo", "default", "{mtls: {mode: UNSET}}") + rule("foo", "a", "DISABLE") +
                     rule("bar", "*.local", "ISTIO_MUTUAL"));
  CHECK(mesh.clients("foo/default", MtlsMode::Strict).failing == 1);
  CHECK(mesh.clients("foo/default", MtlsMode::Disable).failing == 1);
  CHECK(mesh.clients("foo/default", MtlsMode::Permissive).failing == 0);
  const auto everywhere = mesh.clients("istio-system/default", MtlsMode::Strict);
  CHECK(everywhere.total == 2);
  CHECK(everywhere.failing == 1);
  CHECK(everywhere.list.front().fails);
  CHECK(everywhere.list.front().site.node->id.ns == "foo");
}

TEST_CASE("outlook: the servers of a clause, by what it might send") {
  const OneMesh mesh(policy("foo", "default", "{mtls: {mode: STRICT}}") + rule("foo", "a", "ISTIO_MUTUAL") +
                     rule("bar", "b.bar.svc.cluster.local", "MUTUAL"));
  CHECK(mesh.servers("foo/foo-rule", TlsMode::IstioMutual).failing == 0);
  CHECK(mesh.servers("foo/foo-rule", TlsMode::Simple).failing == 1);
  const auto unsaid = mesh.servers("bar/bar-rule", TlsMode::Disable);
  REQUIRE(unsaid.total == 1);
  CHECK(unsaid.list.front().site.node == nullptr);
  CHECK(unsaid.list.front().mode == "PERMISSIVE");
}

TEST_CASE("outlook: with auto mTLS off, clients without a rule are a client too") {
  workspace::Settings settings;
  settings.enable_auto_mtls = false;
  const OneMesh mesh(policy("foo", "default", "{mtls: {mode: STRICT}}"), settings);
  const auto clients = mesh.clients("foo/default", MtlsMode::Strict);
  REQUIRE(clients.total == 1);
  CHECK(clients.failing == 1);
  CHECK(clients.list.front().site.node == nullptr);
}

TEST_CASE("outlook: hosts") {
  const auto scope = [](const std::string& host) {
    const OneMesh mesh(rule("foo", host, "DISABLE"));
    return checks::meaning_of(mesh.graph(), mesh.get<RuleNode>("foo/foo-rule")).scope;
  };
  CHECK(scope("a") == checks::HostScope::Service);
  CHECK(scope("*.local") == checks::HostScope::Mesh);
  CHECK(scope("*.foo.svc.cluster.local") == checks::HostScope::Namespace);
  CHECK(scope("*a.foo.svc.cluster.local") == checks::HostScope::Services);
  CHECK(scope("api.example.com") == checks::HostScope::External);
  CHECK(scope("") == checks::HostScope::Nothing);
}

TEST_CASE("outlook: at most so much is listed and looked at") {
  std::string text = policy("istio-system", "default", "{mtls: {mode: STRICT}}");
  for (int i = 0; i < 3000; ++i) text += rule("n" + std::to_string(i), "a", "DISABLE");
  const OneMesh mesh(text);
  const auto clients = mesh.clients("istio-system/default", MtlsMode::Strict);
  CHECK_FALSE(clients.complete);
  CHECK(clients.total == checks::kMaxLookedAt);
  CHECK(clients.list.size() == checks::kMaxListed);
}

}  // namespace tests
