// Inlay hints and code lenses, and when the client is asked to ask for them again.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/lsp/test_server.h"

namespace {

using lsp::Json;
using tests::TestServer;

const std::string kPeer =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec:\n  mtls:\n    mode: 'STRICT'\n";
const std::string kRule =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec:\n  host: svc\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n";
const std::string kMutual = std::string(kRule).replace(kRule.find("DISABLE"), 7, "ISTIO_MUTUAL");

const Json kRefreshing{
    {"workspace", {{"inlayHint", {{"refreshSupport", true}}}, {"codeLens", {{"refreshSupport", true}}}}}};
const Json kCommands{{"experimental", {{"istioMtls", {{"commands", true}}}}}};

struct Mesh {
  tests::MemoryFileSystem files;
  TestServer server{files};

  Mesh() {
    files.add("/w/peer.yaml", kPeer);
    files.add("/w/rule.yaml", kRule);
  }

  Json hints(const std::string& path, int first = 0, int last = 100) {
    const Json range{{"start", {{"line", first}, {"character", 0}}},
                     {"end", {{"line", last}, {"character", 0}}}};
    return server.request("textDocument/inlayHint",
                          {{"textDocument", {{"uri", "file://" + path}}}, {"range", range}})["result"];
  }
  Json lenses(const std::string& path) {
    return server.request("textDocument/codeLens", {{"textDocument", {{"uri", "file://" + path}}}})["result"];
  }
  [[nodiscard]] std::size_t asked(const std::string& method) const {
    const auto& messages = server.other_messages();
    return static_cast<std::size_t>(std::count_if(
        messages.begin(), messages.end(), [&](const Json& message) { return message["method"] == method; }));
  }
  void answer_all() {
    const std::vector<Json> messages = server.other_messages();
    for (const Json& message : messages) {
      if (message.contains("id"))
        server.queue({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", nullptr}});
    }
    server.run();
  }
};

std::string text_of(const Json& hint) {
  std::string text;
  for (const Json& part : hint["label"]) text += part["value"].get<std::string>();
  return text;
}

}  // namespace

TEST_CASE_FIXTURE(Mesh, "hints: a conflict shows behind both modes and leads to the other end") {
  server.initialize({"/w"});
  const Json policy = hints("/w/peer.yaml");
  REQUIRE(policy.size() == 1);
  CHECK(text_of(policy[0]) == "✗ plaintext from rule a");
  CHECK(policy[0]["position"] == Json{{"line", 5}, {"character", 18}});  // behind the quote
  CHECK(policy[0]["label"][2]["location"]["uri"] == "file:///w/rule.yaml");
  CHECK(policy[0]["label"][2]["location"]["range"]["start"] == Json{{"line", 7}, {"character", 12}});
  CHECK(policy[0]["tooltip"].get<std::string>().find("1 conflict") != std::string::npos);
  const Json rule = hints("/w/rule.yaml");
  REQUIRE(rule.size() == 1);
  CHECK(text_of(rule[0]) == "✗ servers: STRICT, policy default");
}

TEST_CASE_FIXTURE(Mesh, "hints: what agrees is told too, in the range asked for only") {
  files.add("/w/rule.yaml",
            kMutual + "---\n" + std::string(kRule).replace(kRule.find("svc"), 3, "api.example.com"));
  server.initialize({"/w"});
  CHECK(text_of(hints("/w/peer.yaml")[0]) == "clients: mTLS ✓");
  CHECK(text_of(hints("/w/rule.yaml")[0]) == "servers: STRICT ✓");
  CHECK(hints("/w/rule.yaml", 0, 3).empty());
  CHECK(hints("/w/rule.yaml", 8, 100).empty());
}

TEST_CASE_FIXTURE(Mesh,
                  "hints: auto mTLS where no rule speaks, the inherited mode where a policy says nothing") {
  files.remove("/w/rule.yaml");
  files.add(
      "/w/unset.yaml",
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: one, namespace: foo}\n"
      "spec:\n  selector: {matchLabels: {app: one}}\n  mtls: {mode: UNSET}\n");
  server.initialize({"/w"});
  CHECK(text_of(hints("/w/peer.yaml")[0]) == "clients: auto mTLS");
  CHECK(text_of(hints("/w/unset.yaml")[0]) == "STRICT (foo/default)");
}

TEST_CASE_FIXTURE(Mesh, "lenses: a workload without a sidecar says why, and so does a Service of such") {
  files.add(
      "/w/outside.yaml",
      "apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: foo}\nspec: {selector: {app: b}}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: foo, labels: {app: b}}\n"
      "spec: {hostNetwork: true}\n");
  server.initialize({"/w"});
  const Json lens = lenses("/w/outside.yaml");
  REQUIRE(lens.size() == 2);
  for (const Json& each : lens) CHECK(each["command"]["title"] == "no sidecar: hostNetwork: true");
}

TEST_CASE_FIXTURE(Mesh, "lenses: a title for every client, a command for those that know it") {
  SUBCASE("a client that does not") {
    server.initialize({"/w"});
    const Json lens = lenses("/w/peer.yaml");
    REQUIRE(lens.size() == 2);
    CHECK(lens[0]["range"]["start"] == Json{{"line", 0}, {"character", 0}});
    CHECK(lens[0]["command"] == Json{{"title", "0 workloads"}, {"command", ""}});
    CHECK(lens[1]["command"] == Json{{"title", "1 conflict"}, {"command", ""}});
    CHECK(lenses("/w/rule.yaml")[0]["command"]["title"] == "for services that accept STRICT");
  }
  SUBCASE("a client that does") {
    server.initialize({"/w"}, kCommands);
    const Json lens = lenses("/w/rule.yaml");
    REQUIRE(lens.size() == 3);
    const auto command = [&](std::size_t index) {
      CHECK_FALSE(lens[index].contains("command"));
      return server.request("codeLens/resolve", lens[index])["result"]["command"];
    };
    for (const std::size_t index : {0U, 1U}) {
      const Json shown = command(index);
      CHECK(shown["title"] == (index == 0 ? "for services that accept STRICT" : "1 conflict"));
      CHECK(shown["command"] == "istioMtls.showRelated");
      CHECK(shown["arguments"][0] == "file:///w/rule.yaml");
      CHECK(shown["arguments"][1] == Json{{"line", 0}, {"character", 0}});
      CHECK(shown["arguments"][2][0]["uri"] == "file:///w/peer.yaml");
    }
    CHECK(command(2) == Json{{"title", "policy graph"},
                             {"command", "istioMtls.showGraph"},
                             {"arguments", Json::array({"file:///w/rule.yaml"})}});
  }
}

TEST_CASE_FIXTURE(Mesh, "hints and lenses: none where the settings say so") {
  server.initialize({"/w"});
  server.notify("workspace/didChangeConfiguration",
                {{"settings", {{"istioMtls", {{"inlayHints", false}, {"codeLens", false}}}}}});
  CHECK(hints("/w/peer.yaml").empty());
  CHECK(lenses("/w/peer.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "hints: at the end of the line, behind a comment, and at most 40 characters") {
  const std::string long_name(60, 'x');
  files.add("/w/rule.yaml", std::string(kRule).replace(kRule.find("name: a"), 7, "name: " + long_name));
  files.add("/w/peer.yaml",
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, "
            "namespace: foo}\nspec:\n  mtls:\n    mode: STRICT # why\r\n");
  server.initialize({"/w"});
  const Json policy = hints("/w/peer.yaml");
  REQUIRE(policy.size() == 1);
  CHECK(policy[0]["position"] == Json{{"line", 5}, {"character", 22}});
  CHECK(text_of(policy[0]) == "✗ plaintext from rule " + std::string(17, 'x') + "…");
  CHECK(policy[0]["tooltip"].get<std::string>().find(long_name) != std::string::npos);
}

TEST_CASE_FIXTURE(Mesh, "refresh: asked for when another file changes, once until it is answered") {
  server.initialize({"/w"}, kRefreshing);
  server.open("/w/rule.yaml", kRule);
  answer_all();
  const std::size_t before = asked("workspace/inlayHint/refresh");
  SUBCASE("another open file's edit") {
    server.open("/w/peer.yaml", kPeer);
    for (int version = 2; version < 6; ++version) {
      server.change("/w/peer.yaml", kPeer + (version % 2 == 0 ? "---\n" + kMutual : ""), version);
    }
    CHECK(asked("workspace/inlayHint/refresh") == before + 1);
    CHECK(asked("workspace/codeLens/refresh") == before + 1);
    answer_all();
    CHECK(asked("workspace/inlayHint/refresh") == before + 2);
    answer_all();
    CHECK(asked("workspace/inlayHint/refresh") == before + 2);
  }
  SUBCASE("an edit of the document itself, and one without meaning") {
    server.change("/w/rule.yaml", kMutual, 2);
    CHECK(asked("workspace/inlayHint/refresh") == before);
    server.open("/w/peer.yaml", kPeer);
    answer_all();
    const std::size_t now = asked("workspace/inlayHint/refresh");
    server.change("/w/peer.yaml", "# a comment\n" + kPeer, 2);
    CHECK(asked("workspace/inlayHint/refresh") == now);
  }
  SUBCASE("a change on the disk") {
    files.add("/w/peer.yaml", kPeer + "---\n" + kMutual);
    server.touched({"/w/peer.yaml"});
    CHECK(asked("workspace/inlayHint/refresh") == before + 1);
  }
}

TEST_CASE_FIXTURE(Mesh, "refresh: a client that has not offered it is not asked") {
  server.initialize({"/w"});
  server.open("/w/rule.yaml", kRule);
  files.add("/w/peer.yaml", kPeer + "---\n" + kMutual);
  server.touched({"/w/peer.yaml"});
  CHECK(asked("workspace/inlayHint/refresh") == 0);
  CHECK(asked("workspace/codeLens/refresh") == 0);
}
