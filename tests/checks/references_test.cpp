// Where definitions, references and symbols lead in one small mesh.
#include "checks/queries/references.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "checks/queries/symbols.h"
#include "checks/registry.h"

namespace tests {

namespace {

using Places = std::vector<std::string>;

const std::string kMesh =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: foo}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: foo}\n"
    "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: foo}\n"
    "spec: {selector: {app: db}, ports: [{port: 5432}]}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-v1, namespace: foo}\n"
    "spec: {template: {metadata: {labels: {app: web, version: v1}}}}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-v2, namespace: foo}\n"
    "spec: {template: {metadata: {labels: {app: web, version: v2}}}}\n---\n"
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all, namespace: foo}\n"
    "spec: {mtls: {mode: PERMISSIVE}}\n---\n"
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict-web, namespace: "
    "foo}\n"
    "spec: {selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}\n---\n"
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web-rule, namespace: foo}\n"
    "spec:\n  host: web\n  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}\n"
    "  subsets: [{name: two, labels: {version: v2}}]\n---\n"
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: wide, namespace: "
    "istio-system}\nspec: {host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}\n";

class OneMesh {
 public:
  OneMesh() : mesh_(workspace::Settings{}) {
    mesh_.put("/m.yaml", workspace::read_facts(kMesh));
    mesh_.commit();
  }

  // What is found from `text`, `in` characters into its first place after `after`; "Kind name field".
  [[nodiscard]] Places definitions(const std::string& after, const std::string& text) const {
    return names(checks::definitions(mesh_, element(after, text)));
  }
  [[nodiscard]] Places references(const std::string& after, const std::string& text) const {
    return names(checks::references(mesh_, element(after, text)));
  }
  [[nodiscard]] const workspace::Mesh& mesh() const { return mesh_; }

 private:
  [[nodiscard]] checks::Element element(const std::string& after, const std::string& text) const {
    const std::size_t at = kMesh.find(text, kMesh.find(after));
    const auto found = checks::locate(mesh_, "/m.yaml", kMesh, static_cast<std::uint32_t>(at));
    REQUIRE(found);
    return *found;
  }
  static Places names(const std::vector<checks::FieldRef>& sites) {
    Places names;
    for (const checks::FieldRef& site : sites)
      names.push_back(site.node->id.name + " " + checks::path_of(site));
    return names;
  }

  workspace::Mesh mesh_;
};

const std::string kName = " metadata.name";
const std::string kMode = " spec.mtls.mode";
const std::string kHost = " spec.host";

}  // namespace

TEST_CASE_FIXTURE(OneMesh,
                  "a rule's host leads to its Service, to rules for it and to policies that decide") {
  CHECK(definitions("web-rule", "web\n") == Places{"web" + kName});
  CHECK(references("web-rule", "web\n") == Places{"strict-web" + kMode, "web-rule" + kHost});
  CHECK(definitions("wide", "*.local") == Places{"web" + kName, "db" + kName});
  CHECK(references("wide", "*.local") == Places{"all" + kMode, "wide" + kHost});
}

TEST_CASE_FIXTURE(OneMesh, "a Service leads to the rules that apply, what decides, and its workloads") {
  CHECK(references("kind: Service", "web") ==
        Places{"web-v1" + kName, "web-v2" + kName, "strict-web" + kMode, "web-rule" + kHost, "wide" + kHost});
  CHECK(references("Service\nmetadata: {name: db", "db") == Places{"all" + kMode, "wide" + kHost});
}

TEST_CASE_FIXTURE(OneMesh, "selectors and subsets lead to workloads, namespaces to their document") {
  CHECK(definitions("strict-web", "app") == Places{"web-v1" + kName, "web-v2" + kName});
  CHECK(definitions("kind: Service", "app") == Places{"web-v1" + kName, "web-v2" + kName});
  CHECK(definitions("subsets", "version") == Places{"web-v2" + kName});
  CHECK(definitions("strict-web", "foo") == Places{"foo" + kName});
  CHECK(definitions("name: wide", "istio-system").empty());
}

TEST_CASE_FIXTURE(OneMesh, "a workload leads to what selects it") {
  CHECK(references("Deployment", "web-v1") == Places{"web" + kName, "strict-web" + kName});
}

TEST_CASE_FIXTURE(OneMesh, "a policy's mode leads to what it decides and the rules that meet it") {
  CHECK(references("strict-web", "STRICT") ==
        Places{"web" + kName, "web-v1" + kName, "web-v2" + kName, "web-rule spec.trafficPolicy.tls.mode"});
  const Places all = references("name: all", "PERMISSIVE");
  CHECK(all == Places{"db" + kName, "wide spec.trafficPolicy.tls.mode"});
}

TEST_CASE_FIXTURE(OneMesh, "a clause leads to the policies it meets") {
  CHECK(references("web-rule", "ISTIO_MUTUAL") == Places{"strict-web" + kMode});
}

TEST_CASE_FIXTURE(OneMesh, "the outline holds modes, hosts and subsets, each inside its parent") {
  const auto symbols = checks::outline(mesh(), "/m.yaml", kMesh);
  REQUIRE(symbols.size() == 9);
  const auto alone = checks::outline_alone("/m.yaml", kMesh, {});
  REQUIRE(alone.size() == symbols.size());
  CHECK(alone[6].name == symbols[6].name);
  CHECK(alone[6].children.size() == symbols[6].children.size());
  CHECK(symbols[0].name == "Namespace foo");
  CHECK(symbols[6].name == "PeerAuthentication foo/strict-web");
  REQUIRE(symbols[6].children.size() == 2);
  CHECK(symbols[6].children[0].detail == "app=web");
  CHECK(symbols[6].children[1].detail == "STRICT");
  REQUIRE(symbols[7].children.size() == 3);
  CHECK(symbols[7].children[2].name == "subset two");
  CHECK(symbols[7].children[2].detail == "version=v2");
  for (const auto& symbol : symbols) {
    CHECK(symbol.range.begin <= symbol.selected.begin);
    CHECK(symbol.selected.end <= symbol.range.end);
    for (const auto& child : symbol.children) {
      CHECK(symbol.range.begin <= child.range.begin);
      CHECK(child.range.end <= symbol.range.end);
      CHECK(child.range.begin <= child.selected.begin);
      CHECK(child.selected.end <= child.range.end);
    }
  }
}

TEST_CASE("resources are found by parts of their names, best first") {
  checks::Analysis analysis(checks::check_registry(), std::vector<checks::MeshDefinition>(1));
  analysis.apply({{"/m.yaml", workspace::read_facts(kMesh)}});
  const auto found = [&](std::string_view query, std::size_t limit) {
    Places names;
    for (const auto& place : checks::find_resources(analysis, query, limit)) {
      names.push_back(workspace::to_string(place.id));
    }
    return names;
  };
  CHECK(found("WEB", 2) == Places{"Service foo/web", "PeerAuthentication foo/strict-web"});
  CHECK(found("peerauth foo/all", 9) == Places{"PeerAuthentication foo/all"});
  CHECK(found("pa/all", 9) == Places{"PeerAuthentication foo/all"});
  CHECK(found("nothing like it", 9).empty());
  CHECK(found("", 100).size() == 9);
}

}  // namespace tests
