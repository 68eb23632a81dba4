// Diagnostics that the client asks for: the same set as is pushed, once.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/lsp/test_server.h"

namespace {

using namespace std::chrono_literals;
using lsp::Json;
using tests::TestServer;

const std::string kStrict =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec: {mtls: {mode: STRICT}}\n";
const std::string kPermissive =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec: {mtls: {mode: PERMISSIVE}}\n";
const std::string kPlaintext =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec: {host: a.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}\n";
const std::string kPeer = "file:///w/peer.yaml";
const std::string kRule = "file:///w/rule.yaml";

const Json kPulls{{"textDocument",
                   {{"diagnostic", {{"relatedDocumentSupport", true}}},
                    {"publishDiagnostics", {{"relatedInformation", true}}}}},
                  {"workspace", {{"diagnostics", {{"refreshSupport", true}}}}}};

struct Mesh {
  tests::MemoryFileSystem files;
  Mesh() {
    files.add("/w/peer.yaml", kStrict);
    files.add("/w/rule.yaml", kPlaintext);
    files.add("/w/other.yaml", "kind: Nothing\n");
  }
};

Json pull(TestServer& server, const std::string& uri, const Json& previous = nullptr) {
  Json params{{"textDocument", {{"uri", uri}}}};
  if (!previous.is_null()) params["previousResultId"] = previous;
  return server.request("textDocument/diagnostic", params)["result"];
}

Json pull_all(TestServer& server, const Json& previous = Json::array()) {
  return server.request("workspace/diagnostic", {{"previousResultIds", previous}})["result"]["items"];
}

Json previous_ids(const Json& items) {
  Json ids = Json::array();
  for (const Json& item : items) {
    if (item.contains("resultId")) ids.push_back({{"uri", item["uri"]}, {"value", item["resultId"]}});
  }
  return ids;
}

std::size_t refreshes(const TestServer& server) {
  const auto& all = server.other_messages();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const Json& message) {
    return message["method"] == "workspace/diagnostic/refresh";
  }));
}

void answer_refresh(TestServer& server) {
  for (const Json& message : server.other_messages()) {
    if (message["method"] != "workspace/diagnostic/refresh") continue;
    server.queue({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", nullptr}});
  }
  server.run();
}

}  // namespace

TEST_CASE_FIXTURE(Mesh, "a client that pulls is told so, and one that can't be told of changes gets a push") {
  const auto capabilities = [&](const Json& client, const Json& options) {
    TestServer server(files);
    return server.request("initialize", {{"workspaceFolders", Json::array()},
                                         {"capabilities", client},
                                         {"initializationOptions", options}})["result"]["capabilities"];
  };
  const Json pulled = capabilities(kPulls, nullptr);
  CHECK(pulled["diagnosticProvider"] ==
        Json{{"identifier", "istio-mtls"}, {"interFileDependencies", true}, {"workspaceDiagnostics", true}});
  Json without_refresh = kPulls;
  without_refresh.erase("workspace");
  CHECK_FALSE(capabilities(without_refresh, nullptr).contains("diagnosticProvider"));
  CHECK_FALSE(capabilities(kPulls, {{"diagnostics", "push"}}).contains("diagnosticProvider"));
  CHECK(capabilities(without_refresh, {{"diagnostics", "pull"}}).contains("diagnosticProvider"));
}

TEST_CASE_FIXTURE(Mesh, "an open document is pulled and never pushed; its report says what a push would") {
  TestServer pushed(files);
  pushed.initialize({"/w"}, {{"textDocument", {{"publishDiagnostics", {{"relatedInformation", true}}}}}});
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  server.open("/w/peer.yaml", kStrict);
  CHECK(server.codes("/w/peer.yaml").empty());
  const Json report = pull(server, kPeer);
  CHECK(report["kind"] == "full");
  CHECK(report["items"] == pushed.shown().at(kPeer));
  CHECK(report["relatedDocuments"].size() == 1);
  CHECK(report["relatedDocuments"][kRule]["items"] == pushed.shown().at(kRule));
}

TEST_CASE_FIXTURE(Mesh, "a report that still holds is unchanged, also after an edit that changes nothing") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  server.open("/w/peer.yaml", kStrict);
  const Json id = pull(server, kPeer)["resultId"];
  CHECK(pull(server, kPeer, id)["kind"] == "unchanged");
  CHECK(pull(server, kPeer, id)["resultId"] == id);
  server.change("/w/peer.yaml", kStrict + "# the end\n", 2);
  CHECK(pull(server, kPeer, id)["kind"] == "unchanged");
  server.change("/w/peer.yaml", kPermissive, 3);
  const Json healed = pull(server, kPeer, id);
  CHECK(healed["kind"] == "full");
  CHECK(healed["items"].empty());
}

TEST_CASE_FIXTURE(Mesh, "files that are not open are pushed until the client asks for the whole workspace") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  server.open("/w/peer.yaml", kStrict);
  CHECK(server.codes("/w/rule.yaml") == std::vector<std::string>{"TIS0208"});
  SUBCASE("a file that is opened is pulled from then on, and pushed again when closed") {
    server.open("/w/rule.yaml", kPlaintext);
    CHECK(server.codes("/w/rule.yaml").empty());
    server.close("/w/rule.yaml");
    CHECK(server.codes("/w/rule.yaml") == std::vector<std::string>{"TIS0208"});
  }
  SUBCASE("then nothing is pushed") {
    const Json items = pull_all(server);
    CHECK(items.size() == 2);
    CHECK(server.shown().empty());
    server.close("/w/peer.yaml");
    CHECK(server.shown().empty());
  }
}

TEST_CASE_FIXTURE(Mesh,
                  "the workspace's report: all that says something, what is unchanged, what has healed") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  server.open("/w/peer.yaml", kStrict, 7);
  const Json first = pull_all(server);
  REQUIRE(first.size() == 2);
  CHECK(first[0]["uri"] == kPeer);
  CHECK(first[0]["version"] == 7);
  CHECK(first[1]["uri"] == kRule);
  CHECK(first[1]["version"] == nullptr);
  const Json second = pull_all(server, previous_ids(first));
  REQUIRE(second.size() == 2);
  CHECK(second[0]["kind"] == "unchanged");
  CHECK(second[1]["kind"] == "unchanged");
  server.change("/w/peer.yaml", kPermissive, 8);
  const Json third = pull_all(server, previous_ids(first));
  REQUIRE(third.size() == 2);
  for (const Json& item : third) {
    CHECK(item["kind"] == "full");
    CHECK(item["items"].empty());
  }
  CHECK(pull_all(server, previous_ids(third)).empty());
  CHECK(pull_all(server).empty());
}

TEST_CASE_FIXTURE(Mesh, "a file that is deleted is reported empty once") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  const Json first = pull_all(server);
  files.remove("/w/rule.yaml");
  server.touched({"/w/rule.yaml"}, 3);
  const Json second = pull_all(server, previous_ids(first));
  CHECK(second.size() == 2);
  CHECK(pull_all(server, previous_ids(second)).empty());
}

TEST_CASE_FIXTURE(Mesh, "with a token the workspace's report comes in parts") {
  for (int i = 0; i < 250; ++i)
    files.add("/w/broken" + std::to_string(i) + ".yaml", "apiVersion: v1\nkind: [\n");
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  const Json answer = server.request("workspace/diagnostic",
                                     {{"previousResultIds", Json::array()}, {"partialResultToken", "t"}});
  CHECK(answer["result"]["items"].empty());
  std::vector<std::size_t> parts;
  for (const Json& message : server.other_messages()) {
    if (message["method"] != "$/progress" || message["params"]["token"] != "t") continue;
    parts.push_back(message["params"]["value"]["items"].size());
  }
  CHECK(parts == std::vector<std::size_t>{100, 100, 52});
}

TEST_CASE_FIXTURE(Mesh, "the client is told, once and after a while, when other documents' reports change") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  server.open("/w/peer.yaml", kStrict);
  server.open("/w/rule.yaml", kPlaintext);
  server.now += 1s;
  server.tick();
  answer_refresh(server);
  const std::size_t before = refreshes(server);
  server.change("/w/peer.yaml", kPermissive, 2);
  server.change("/w/peer.yaml", kStrict, 3);
  server.change("/w/peer.yaml", kPermissive, 4);
  CHECK(refreshes(server) == before);
  server.now += 1s;
  server.tick();
  CHECK(refreshes(server) == before + 1);
  answer_refresh(server);
  server.change("/w/peer.yaml", kPermissive + "# no other document hears of this\n", 5);
  server.now += 1s;
  server.tick();
  CHECK(refreshes(server) == before + 1);
}

TEST_CASE_FIXTURE(Mesh, "what is pulled before all is known is answered when it is") {
  Json client = kPulls;
  client["workspace"]["configuration"] = true;
  TestServer server(files);
  server.initialize({"/w"}, client);
  const int one = server.queue_request("textDocument/diagnostic", {{"textDocument", {{"uri", kPeer}}}});
  const int all = server.queue_request("workspace/diagnostic", {{"previousResultIds", Json::array()}});
  const int cancelled = server.queue_request("workspace/diagnostic", {{"previousResultIds", Json::array()}});
  server.run();
  CHECK(server.answer(one).is_null());
  CHECK(server.answer(all).is_null());
  server.notify("$/cancelRequest", {{"id", cancelled}});
  CHECK(server.answer(cancelled)["error"]["code"] == -32800);
  SUBCASE("it comes to be known") {
    server.now += 10s;
    server.tick();
    CHECK(server.answer(one)["result"]["items"].size() == 1);
    CHECK(server.answer(all)["result"]["items"].size() == 2);
  }
  SUBCASE("the server is shut down first") {
    server.request("shutdown", nullptr);
    CHECK(server.answer(one)["error"]["code"] == -32802);
    CHECK(server.answer(all)["error"]["code"] == -32802);
  }
}

TEST_CASE_FIXTURE(Mesh, "ill-formed pulls are refused") {
  TestServer server(files);
  server.initialize({"/w"}, kPulls);
  CHECK(server.request("textDocument/diagnostic", Json::object())["error"]["code"] == -32602);
  CHECK(server.request("workspace/diagnostic", {{"previousResultIds", 3}})["error"]["code"] == -32602);
}
