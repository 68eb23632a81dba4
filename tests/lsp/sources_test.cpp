// Builds and plans after an edit are those of a server that starts with the same files. Each case was found
// by fuzz/planning.cpp.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/lsp/test_server.h"

namespace {

using lsp::Json;
using tests::MemoryFileSystem;
using tests::TestServer;

std::string policy(const std::string& mode) {
  return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  "
         "namespace: "
         "shop\nspec:\n  mtls:\n    mode: " +
         mode + "\n";
}

std::string rule(const std::string& mode) {
  return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: db\n  namespace: "
         "shop\nspec:\n  host: db.shop.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: " +
         mode + "\n";
}

std::string flux(const std::string& name, const std::string& path) {
  return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: " + name +
         "\n  namespace: flux-system\nspec:\n  path: " + path +
         "\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n";
}

void check_as_fresh(MemoryFileSystem& files, TestServer& server) {
  TestServer fresh(files);
  fresh.initialize({"/w"});
  CHECK(server.shown() == fresh.shown());
  CHECK_FALSE(fresh.shown().empty());
}

}  // namespace

TEST_CASE("what is said of a resource by its name stays on the name") {
  MemoryFileSystem files;
  files.add("/w/a/policy.yaml", policy("STRICT"));
  files.add("/w/b/policy.yaml", policy("DISABLE"));
  TestServer server(files);
  server.initialize({"/w"});
  CHECK(server.codes("/w/a/policy.yaml") == std::vector<std::string>{"MTLS0006"});
  const std::string edited = "# one\n# two\n" + policy("STRICT");
  files.add("/w/a/policy.yaml", edited);
  server.open("/w/a/policy.yaml", policy("STRICT"));
  server.change("/w/a/policy.yaml", edited, 2);
  server.close("/w/a/policy.yaml");
  check_as_fresh(files, server);
}

TEST_CASE("what a Flux Kustomization names is built, though a build holds the Kustomization itself") {
  MemoryFileSystem files;
  files.add("/w/clusters/main/kustomization.yaml", "resources: [apps.yaml]\n");
  files.add("/w/clusters/main/apps.yaml", flux("apps", "./apps/good"));
  files.add("/w/apps/good/all.yaml", policy("STRICT") + "---\n" + rule("ISTIO_MUTUAL"));
  files.add("/w/apps/bad/policy.yaml", policy("STRICT"));
  files.add("/w/apps/bad/rule.yaml", rule("DISABLE"));
  TestServer server(files);
  server.initialize({"/w"});
  files.add("/w/clusters/main/apps.yaml", flux("apps", "./apps/bad"));
  server.touched({"/w/clusters/main/apps.yaml"});
  check_as_fresh(files, server);
}

TEST_CASE("a file that is called as a kustomization and is none stays none") {
  MemoryFileSystem files;
  files.add("/w/apps/db/kustomization.yaml", flux("more", "./more"));
  files.add("/w/apps/db/rule.yaml", rule("DISABLE"));
  files.add("/w/apps/db/policy.yaml", policy("STRICT"));
  files.add("/w/clusters/main/apps.yaml", flux("db", "./apps/db"));
  TestServer server(files);
  server.initialize({"/w"});
  files.add("/w/other.yaml", rule("SIMPLE"));  // all is planned again
  server.touched({"/w/other.yaml"}, 1);
  check_as_fresh(files, server);
}
