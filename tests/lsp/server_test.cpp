// The server without threads: order, coalescing, lifecycle. What needs a process is in tests/protocol.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/lsp/test_server.h"
#include "workspace/base/uri.h"

namespace {

using namespace std::chrono_literals;
using lsp::Json;
using tests::TestServer;
using Codes = std::vector<std::string>;

const std::string kStrict =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec: {mtls: {mode: STRICT}}\n";
const std::string kPermissive =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec: {mtls: {mode: PERMISSIVE}}\n";
const std::string kPlaintext =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec: {host: a.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}\n";
const std::string kBroken = "apiVersion: v1\nkind: [\n";
const Codes kConflict = {"TIS0208"};

struct Mesh {
  tests::MemoryFileSystem files;
  Mesh() {
    files.add("/w/peer.yaml", kStrict);
    files.add("/w/rule.yaml", kPlaintext);
  }
};

int code_of(const Json& answer) { return answer["error"]["code"].get<int>(); }

}  // namespace

TEST_CASE_FIXTURE(Mesh, "findings of a workspace are shown without a file being open") {
  TestServer server(files);
  server.initialize({"/w"});
  CHECK(server.codes("/w/peer.yaml") == kConflict);
  CHECK(server.codes("/w/rule.yaml") == kConflict);
}

TEST_CASE_FIXTURE(Mesh,
                  "queued changes of one document are analysed once, and answered with the last version") {
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/peer.yaml", kStrict);
  for (int version = 2; version <= 50; ++version) {
    server.queue_notification(
        "textDocument/didChange",
        TestServer::changed("/w/peer.yaml", version % 2 == 0 ? kPermissive : kStrict, version));
  }
  server.run();
  CHECK(server.versions("/w/peer.yaml") == std::vector<int>{-1, 1, 50});
  CHECK(server.codes("/w/peer.yaml").empty());
  CHECK(server.codes("/w/rule.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "a request between two changes sees the first and not the second") {
  TestServer server(files);
  server.initialize({"/w"},
                    {{"textDocument", {{"codeAction", {{"codeActionLiteralSupport", Json::object()}}}}},
                     {"workspace", {{"workspaceEdit", {{"documentChanges", true}}}}}});
  server.open("/w/peer.yaml", kPermissive);
  const Json whole{{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 9}, {"character", 0}}}};
  const Json ask{{"textDocument", {{"uri", "file:///w/peer.yaml"}}}, {"range", whole}};
  server.queue_notification("textDocument/didChange", TestServer::changed("/w/peer.yaml", kStrict, 2));
  const int first = server.queue_request("textDocument/codeAction", ask);
  server.queue_notification("textDocument/didChange", TestServer::changed("/w/peer.yaml", kPermissive, 3));
  const int second = server.queue_request("textDocument/codeAction", ask);
  server.run();
  CHECK_FALSE(server.answer(first)["result"].empty());
  CHECK(server.answer(second)["result"].empty());
}

TEST_CASE_FIXTURE(Mesh, "a change that does not decode leaves the ones before it analysed") {
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/peer.yaml", kStrict);
  server.queue_notification("textDocument/didChange", TestServer::changed("/w/peer.yaml", kPermissive, 2));
  server.queue_notification("textDocument/didChange",
                            {{"textDocument", {{"uri", "file:///w/peer.yaml"}, {"version", 3}}}});
  server.run();
  CHECK(server.versions("/w/peer.yaml").back() == 2);
  CHECK(server.codes("/w/rule.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "a client that does not read gets the last state, not every one") {
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/peer.yaml", kStrict);
  const std::size_t before = server.versions("/w/rule.yaml").size();
  const std::size_t edited_before = server.versions("/w/peer.yaml").size();
  server.sink().is_congested = true;
  for (int version = 2; version <= 20; ++version) {
    server.change("/w/peer.yaml", version % 2 == 0 ? kPermissive : kStrict, version);
  }
  CHECK(server.versions("/w/rule.yaml").size() == before);
  server.sink().is_congested = false;
  server.run();
  CHECK(server.codes("/w/rule.yaml").empty());
  CHECK(server.versions("/w/rule.yaml").size() == before + 1);
  CHECK(server.versions("/w/peer.yaml").size() == edited_before + 1);
  CHECK(server.versions("/w/peer.yaml").back() == 20);
}

TEST_CASE_FIXTURE(Mesh, "an open template of a Helm chart is passed by, as on the disk") {
  files.add("/w/chart/Chart.yaml", "name: chart\n");
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/chart/templates/sub/peer.yaml", kStrict + "---\n" + kBroken);
  CHECK(server.codes("/w/chart/templates/sub/peer.yaml").empty());
  server.open("/w/chart/crds/peer.yaml", kBroken);
  CHECK(server.codes("/w/chart/crds/peer.yaml") == Codes{"MTLS0900"});
}

TEST_CASE_FIXTURE(Mesh, "while settings are awaited only broken documents are shown") {
  TestServer server(files);
  server.initialize({"/w"}, {{"workspace", {{"configuration", true}}}});
  server.open("/w/peer.yaml", kStrict + "---\n" + kBroken);
  CHECK(server.codes("/w/peer.yaml") == Codes{"MTLS0900"});
  CHECK(server.codes("/w/rule.yaml").empty());
  SUBCASE("until they come") {
    const Json& asked = server.other_messages().back();
    REQUIRE(asked["method"] == "workspace/configuration");
    server.queue({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", Json::array({nullptr, nullptr})}});
    server.run();
  }
  SUBCASE("until patience ends") {
    server.now += 10s;
    server.tick();
  }
  CHECK(server.codes("/w/peer.yaml") == Codes{"MTLS0900", "TIS0208"});
  CHECK(server.codes("/w/rule.yaml") == kConflict);
}

TEST_CASE_FIXTURE(Mesh, "a file that changes while its text was to be shown is read again") {
  files.add("/w/peer.yaml", kPermissive);
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/peer.yaml", kPermissive);
  files.add("/w/rule.yaml", "# one line more\n" + kPlaintext);  // and nobody tells
  server.change("/w/peer.yaml", kStrict, 2);
  const Json shown = server.shown().at("file:///w/rule.yaml");
  CHECK(shown[0]["range"]["start"]["line"] == 4);
}

TEST_CASE_FIXTURE(Mesh, "an open file that leaves its folder stands alone, and comes back") {
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/peer.yaml", kStrict);
  CHECK(server.codes("/w/peer.yaml") == kConflict);
  const Json folder = Json::array({{{"uri", "file:///w"}, {"name", "w"}}});
  server.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", Json::array()}, {"removed", folder}}}});
  CHECK(server.shown().empty());
  server.change("/w/peer.yaml", kStrict + "---\n" + kPlaintext, 2);
  CHECK(server.codes("/w/peer.yaml") == Codes{"TIS0208", "TIS0208"});
  server.change("/w/peer.yaml", kStrict, 3);
  server.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", folder}, {"removed", Json::array()}}}});
  CHECK(server.codes("/w/peer.yaml") == kConflict);
  CHECK(server.codes("/w/rule.yaml") == kConflict);
}

TEST_CASE_FIXTURE(Mesh, "folders inside folders share their files") {
  files.add("/w/sub/peer.yaml", kStrict);
  TestServer server(files);
  server.initialize({"/w", "/w/sub"});
  const auto before = server.shown();
  const Json inner = Json::array({{{"uri", "file:///w/sub"}, {"name", "sub"}}});
  server.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", Json::array()}, {"removed", inner}}}});
  CHECK(server.codes("/w/rule.yaml") == kConflict);
  files.remove("/w/sub/peer.yaml");
  server.touched({"/w/sub/peer.yaml"}, 3);
  CHECK(server.codes("/w/sub/peer.yaml").empty());
  CHECK(before.size() >= 2);
}

TEST_CASE_FIXTURE(Mesh,
                  "a file that only a removed inner folder had listed is looked after by the outer one") {
  TestServer server(files);
  server.initialize({"/w"});
  files.add("/w/sub/broken.yaml", "apiVersion: v1\nkind: [");  // behind the server's back
  const Json inner = Json::array({{{"uri", "file:///w/sub"}, {"name", "sub"}}});
  server.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", inner}, {"removed", Json::array()}}}});
  REQUIRE(server.codes("/w/sub/broken.yaml") == Codes{"MTLS0900"});  // both folders say so, once
  files.remove("/w/sub/broken.yaml");
  server.notify("workspace/didChangeWorkspaceFolders",
                {{"event", {{"added", Json::array()}, {"removed", inner}}}});
  CHECK(server.codes("/w/sub/broken.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "a folder that goes and comes back at once is read again") {
  TestServer server(files);
  server.initialize({"/w"});
  const Json item = Json::array({{{"uri", "file:///w"}, {"name", "w"}}});
  server.queue_notification("workspace/didChangeWorkspaceFolders",
                            {{"event", {{"added", Json::array()}, {"removed", item}}}});
  server.queue_notification("workspace/didChangeWorkspaceFolders",
                            {{"event", {{"added", item}, {"removed", Json::array()}}}});
  server.run();
  CHECK(server.codes("/w/peer.yaml") == kConflict);
  CHECK(server.codes("/w/rule.yaml") == kConflict);
}

TEST_CASE_FIXTURE(Mesh, "what a folder showed goes with the file that is not there when it comes back") {
  TestServer server(files);
  const auto answer_settings = [&] {
    const Json& asked = server.other_messages().back();
    REQUIRE(asked["method"] == "workspace/configuration");
    server.queue({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", Json::array({nullptr, nullptr})}});
    server.run();
  };
  server.initialize({"/w"}, {{"workspace", {{"configuration", true}}}});
  answer_settings();
  REQUIRE(server.codes("/w/rule.yaml") == kConflict);
  const Json item = Json::array({{{"uri", "file:///w"}, {"name", "w"}}});
  files.remove("/w/rule.yaml");
  server.queue_notification("workspace/didChangeWorkspaceFolders",
                            {{"event", {{"added", item}, {"removed", item}}}});
  server.run();  // has nothing to publish while it waits for the folder's settings
  answer_settings();
  CHECK(server.codes("/w/rule.yaml").empty());
  CHECK(server.codes("/w/peer.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "a file that can't be read is shown as not checked") {
  files.add("/w/locked.yaml", kStrict);
  files.fail_to_read("/w/locked.yaml");
  TestServer server(files);
  server.initialize({"/w"});
  CHECK(server.codes("/w/locked.yaml") == Codes{"MTLS0900"});
  server.open("/w/locked.yaml", "");
  CHECK(server.codes("/w/locked.yaml").empty());
}

TEST_CASE_FIXTURE(Mesh, "requests outside of the session's life are refused") {
  TestServer server(files);
  CHECK(code_of(server.request("textDocument/codeAction", nullptr)) == -32002);
  server.initialize({"/w"});
  CHECK(code_of(server.request("initialize", Json::object())) == -32600);
  CHECK(server.request("shutdown", nullptr)["result"].is_null());
  CHECK(code_of(server.request("shutdown", nullptr)) == -32600);
  server.queue_notification("exit", nullptr);
  CHECK_FALSE(server.run());
  CHECK(server.exit_status() == 0);
}

TEST_CASE_FIXTURE(Mesh, "a cancelled request is answered as cancelled") {
  TestServer server(files);
  server.initialize({"/w"});
  const int id = server.queue_request("textDocument/codeAction", Json::object());
  server.queue_notification("$/cancelRequest", {{"id", id}});
  server.run();
  CHECK(code_of(server.answer(id)) == -32800);
}

TEST_CASE_FIXTURE(Mesh, "looking for changes on the disk costs nothing when nothing changed") {
  TestServer server(files);
  server.initialize({"/w"});
  const std::size_t published = server.versions("/w/peer.yaml").size();
  for (int i = 0; i < 5; ++i) {
    server.now += 2s;
    server.tick();
  }
  CHECK(server.versions("/w/peer.yaml").size() == published);
  files.remove("/w/rule.yaml");
  server.now += 2s;
  server.tick();
  CHECK(server.shown().empty());
}

namespace {

Json client_that_takes_actions(bool versioned) {
  Json client = {{"textDocument", {{"codeAction", {{"codeActionLiteralSupport", Json::object()}}}}}};
  if (versioned) client["workspace"]["workspaceEdit"]["documentChanges"] = true;
  return client;
}

Json all_actions_of(const std::string& path) {
  const Json whole = {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 99}, {"character", 0}}}};
  return {{"textDocument", {{"uri", workspace::file_uri(path)}}},
          {"range", whole},
          {"context", {{"diagnostics", Json::array()}}}};
}

}  // namespace

TEST_CASE_FIXTURE(Mesh, "a code action of a text that has changed since is never applied to the new one") {
  for (const bool versioned : {false, true}) {
    CAPTURE(versioned);
    TestServer server(files);
    server.initialize({"/w"}, client_that_takes_actions(versioned));
    server.open("/w/peer.yaml", kStrict, 1);
    const int early = server.queue_request("textDocument/codeAction", all_actions_of("/w/peer.yaml"));
    server.queue({{"jsonrpc", "2.0"},
                  {"method", "textDocument/didChange"},
                  {"params", TestServer::changed("/w/peer.yaml", "# one line more\n" + kStrict, 2)}});
    server.run();
    const Json late = server.request("textDocument/codeAction", all_actions_of("/w/peer.yaml"));
    REQUIRE(late["result"].size() > 1);
    if (!versioned) {  // the edit says nothing of the text it is for
      CHECK(code_of(server.answer(early)) == static_cast<int>(lsp::ErrorCode::ContentModified));
      CHECK(late["result"][0]["edit"].contains("changes"));
      continue;
    }
    const auto version = [](const Json& answer) {
      for (const Json& action : answer["result"]) {
        for (const Json& change : action["edit"]["documentChanges"]) {
          if (change["textDocument"]["uri"] == workspace::file_uri("/w/peer.yaml"))
            return change["textDocument"]["version"];
        }
      }
      return Json();
    };
    CHECK(version(server.answer(early)) == 1);  // which the client no longer has, and so refuses
    CHECK(version(late) == 2);
  }
}
