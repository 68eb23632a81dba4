// Completion, as a client sees it: what is offered at a place, what it would mean, and what is replaced.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/lsp/test_server.h"

namespace {

using lsp::Json;
using tests::TestServer;

const std::string kPeer =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec:\n  mtls:\n    mode: PERMISSIVE\n";
const std::string kRule =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec:\n  host: web\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n";
const std::string kService =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: foo}\n"
    "spec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8080}]\n"
    "---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: bar}\nspec: {ports: [{port: 80}]}\n"
    "---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: foo}\n"
    "spec: {template: {metadata: {labels: {app: web, version: '1'}},\n"
    "  spec: {containers: [{ports: [{name: metrics, containerPort: 9090}]}]}}}\n";

struct Mesh {
  tests::MemoryFileSystem files;
  TestServer server{files};
  int version = 1;

  Mesh() {
    files.add("/w/peer.yaml", kPeer);
    files.add("/w/rule.yaml", kRule);
    files.add("/w/service.yaml", kService);
    server.initialize({"/w"});
  }

  // At the `|` in the text, which `path` has from now on.
  Json complete(const std::string& path, std::string text) {
    const std::size_t cursor = text.find('|');
    REQUIRE(cursor != std::string::npos);
    text.erase(cursor, 1);
    if (version == 1) server.open(path, *files.read(path, 1U << 20U));
    server.change(path, text, ++version);
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cursor), '\n');
    const auto before = cursor == 0 ? std::string::npos : text.rfind('\n', cursor - 1);
    const auto column = before == std::string::npos ? cursor : cursor - before - 1;
    return server.request("textDocument/completion",
                          {{"textDocument", {{"uri", "file://" + path}}},
                           {"position", {{"line", line}, {"character", column}}}})["result"];
  }
  std::string labels(const std::string& path, const std::string& text) {
    std::string labels;
    const Json answer = complete(path, text);
    for (const Json& item : answer["items"]) {
      labels += (labels.empty() ? "" : " ") + item["label"].get<std::string>();
    }
    return labels;
  }
};

std::string with(std::string text, const std::string& old, const std::string& now) {
  return text.replace(text.find(old), old.size(), now);
}

}  // namespace

TEST_CASE_FIXTURE(Mesh, "completion: a policy's modes, and what each would mean here") {
  const Json items = complete("/w/peer.yaml", with(kPeer, "PERMISSIVE", "|"))["items"];
  REQUIRE(items.size() == 4);
  CHECK(items[0]["label"] == "STRICT");
  CHECK(items[0]["detail"] == "1 conflict");
  CHECK(items[0]["documentation"] ==
        "Servers accept mTLS only and refuse plaintext. Would decide for 1 known workload. "
        "Conflicts with 1 rule: foo/a.");
  CHECK_FALSE(items[1].contains("detail"));
  CHECK(items[1]["documentation"].get<std::string>().ends_with("No conflict."));
  CHECK(items[3]["documentation"].get<std::string>().ends_with("Then PERMISSIVE holds, the default."));
}

TEST_CASE_FIXTURE(Mesh, "completion: a rule's modes, while the document is broken") {
  server.open("/w/peer.yaml", with(kPeer, "PERMISSIVE", "STRICT"));
  const std::string broken = with(kRule, "mode: DISABLE\n", "mode: IST|\n      sni: [\n");
  const Json items = complete("/w/rule.yaml", broken)["items"];
  REQUIRE(items.size() == 4);
  CHECK(items[0]["label"] == "ISTIO_MUTUAL");
  CHECK(items[0]["documentation"].get<std::string>().ends_with("No conflict."));
  CHECK(items[1]["label"] == "DISABLE");
  CHECK(items[1]["documentation"].get<std::string>().ends_with("Conflicts with 1 server mode: foo/default."));
  const Json edit = items[0]["textEdit"];
  CHECK(edit["newText"] == "ISTIO_MUTUAL");
  CHECK(edit["range"]["start"] == Json{{"line", 7}, {"character", 12}});
  CHECK(edit["range"]["end"] == Json{{"line", 7}, {"character", 15}});
}

TEST_CASE_FIXTURE(Mesh,
                  "completion: what is replaced counts UTF-16, and a space is put where it is wanting") {
  const std::string text = "# é😀\nkind: PeerAuthentication\napiVersion: security.istio.io/v1\n";
  const Json flow = complete("/w/peer.yaml", text + "spec: {a: '😀', mtls: {mode: S|TRI}}")["items"];
  REQUIRE(flow.size() == 4);
  CHECK(flow[0]["textEdit"]["range"]["start"] == Json{{"line", 3}, {"character", 29}});
  CHECK(flow[0]["textEdit"]["range"]["end"] == Json{{"line", 3}, {"character", 33}});
  const Json bare = complete("/w/peer.yaml", text + "spec:\n  mtls:\n    mode:|\n")["items"];
  REQUIRE(bare.size() == 4);
  CHECK(bare[0]["textEdit"]["newText"] == " STRICT");
}

TEST_CASE_FIXTURE(Mesh, "completion: hosts, short ones first") {
  CHECK(labels("/w/rule.yaml", with(kRule, "host: web", "host: |")) ==
        "web web.foo.svc.cluster.local *.foo.svc.cluster.local shop.bar.svc.cluster.local");
  CHECK(labels("/w/rule.yaml", with(kRule, "host: web", "host: shop.b|")) == "shop.bar.svc.cluster.local");
  CHECK(labels("/w/rule.yaml", with(kRule, "host: web", "host: shop.other|")).empty());
  const Json items = complete("/w/rule.yaml", with(kRule, "host: web", "host: *|"))["items"];
  REQUIRE(items.size() == 1);
  CHECK(items[0]["textEdit"]["newText"] == "\"*.foo.svc.cluster.local\"");
}

TEST_CASE_FIXTURE(Mesh, "completion: namespaces, but not the half one that is being typed") {
  CHECK(labels("/w/rule.yaml", with(kRule, "namespace: foo", "namespace: |")) == "bar default foo");
  CHECK(labels("/w/rule.yaml", with(kRule, "namespace: foo", "namespace: fo|")) == "foo");
  CHECK(labels("/w/rule.yaml", with(kRule, "  host: web\n", "  host: web\n  exportTo:\n  - |\n")) ==
        ". * bar foo");
}

TEST_CASE_FIXTURE(Mesh, "completion: labels and ports of known workloads") {
  const std::string selecting = with(kPeer, "  mtls:", "  selector:\n    matchLabels:\n      |\n  mtls:");
  CHECK(labels("/w/peer.yaml", selecting) == "app version");
  CHECK(labels("/w/peer.yaml", with(selecting, "|", "app: |")) == "web");
  const Json version_items = complete("/w/peer.yaml", with(selecting, "|", "version: |"))["items"];
  REQUIRE(version_items.size() == 1);
  CHECK(version_items[0]["textEdit"]["newText"] == "\"1\"");
  const std::string ports = with(selecting, "|", "app: web");
  server.change("/w/peer.yaml", ports, ++version);
  CHECK(labels("/w/peer.yaml", ports + "  portLevelMtls:\n    |\n") == "8080 9090");
}

TEST_CASE_FIXTURE(Mesh, "completion: nothing where nothing is known to fit") {
  CHECK(labels("/w/peer.yaml", with(kPeer, "default", "d|")).empty());
  CHECK(labels("/w/peer.yaml", kPeer + "# mode: |").empty());
  CHECK(labels("/w/peer.yaml", with(kPeer, "security.istio.io", "example.com").insert(0, "x: |\n")).empty());
}

TEST_CASE("completion: only so many, and the client is told to ask again") {
  tests::MemoryFileSystem files;
  for (int i = 0; i < 300; ++i) {
    files.add("/w/n" + std::to_string(i) + ".yaml",
              "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns" + std::to_string(i) + "}\n");
  }
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: }\n");
  const auto ask = [&](int column) {
    return server.request("textDocument/completion",
                          {{"textDocument", {{"uri", "file:///w/a.yaml"}}},
                           {"position", {{"line", 2}, {"character", column}}}})["result"];
  };
  CHECK(ask(31)["items"].size() == 100);
  CHECK(ask(31)["isIncomplete"] == true);
  server.change("/w/a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: ns29}\n", 2);
  CHECK(ask(35)["items"].size() == 10);  // ns290 to ns299
  CHECK(ask(35)["isIncomplete"] == false);
}
