#include "workspace/platform/log.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/lsp/test_server.h"

namespace {

using lsp::Json;
using tests::TestServer;
using workspace::Log;
using workspace::LogLevel;

const std::string kSecret = "hunter2-c2VjcmV0";
const std::string kManifest =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: foo}\nstringData: {password: " + kSecret +
    "}\n";

struct Lines {
  std::vector<std::string> all;
  workspace::Log log(workspace::LogLevel level) {
    return workspace::Log(level, [this](workspace::LogLevel at, const std::string& line) {
      all.push_back(std::string(workspace::level_name(at)) + ": " + line);
    });
  }
  [[nodiscard]] bool any(const std::string& part) const {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
  }
};

std::vector<Json> traces(TestServer& server) {
  std::vector<Json> found;
  for (const Json& message : server.other_messages()) {
    if (message["method"] == "$/logTrace") found.push_back(message["params"]);
  }
  return found;
}

}  // namespace

TEST_CASE("a log takes what its level names and all above, and one without a place takes nothing") {
  Lines lines;
  const workspace::Log log = lines.log(workspace::LogLevel::Warning);
  log.error("a");
  log.warning("b");
  log.info("c");
  log.debug("d");
  CHECK(lines.all == std::vector<std::string>{"error: a", "warning: b"});
  CHECK(log.wants(workspace::LogLevel::Error));
  CHECK_FALSE(log.wants(workspace::LogLevel::Info));
  const workspace::Log none;
  none.error("nowhere");
  CHECK_FALSE(none.wants(workspace::LogLevel::Error));
}

TEST_CASE("a line stays one line of bounded length") {
  CHECK(workspace::loggable("a\nb\x1b[31m\tc\x7f") == "a\\x0ab\\x1b[31m\\x09c\\x7f");
  CHECK(workspace::loggable("größe") == "größe");
  CHECK(workspace::loggable(std::string(100000, 'x')).size() < 4000);
}

TEST_CASE("what a session logs names files and counts, and never what manifests say") {
  for (const workspace::LogLevel level : {workspace::LogLevel::Info, workspace::LogLevel::Debug}) {
    CAPTURE(workspace::level_name(level));
    Lines lines;
    tests::MemoryFileSystem files;
    files.add("/w/secret.yaml", kManifest);
    files.add("/w/broken.yaml", "apiVersion: v1\nkind: [" + kSecret + "\n");
    files.add("/w/locked.yaml", kManifest);
    files.fail_to_read("/w/locked.yaml");
    files.add("/w/.istio-mtls.yaml", kSecret + ": 1\nrootNamespace: [" + kSecret + "]\n");
    TestServer server(files, lines.log(level));
    server.initialize({"/w"});
    server.open("/w/secret.yaml", kManifest);
    server.change("/w/secret.yaml", kManifest + "data: {x: " + kSecret + "\n", 2);
    server.notify("textDocument/didChange", {{"textDocument", kSecret}, {"contentChanges", kSecret}});
    server.request("textDocument/hover",
                   {{"textDocument", {{"uri", "file:///w/secret.yaml"}}}, {"position", kSecret}});
    server.notify("workspace/didChangeConfiguration", {{"settings", {{"istioMtls", {{kSecret, kSecret}}}}}});
    server.request("no/such", {{"text", kSecret}});
    server.request("no/such", {{"text", kSecret}});
    server.close("/w/secret.yaml");
    server.request("shutdown", nullptr);
    CHECK_FALSE(lines.any(kSecret));
    CHECK(lines.any("info: folder /w"));
    CHECK(lines.any("3 manifests, 3 read and 0 gone"));
    CHECK(lines.any("info: not read: /w/locked.yaml: cannot open: Permission denied"));
    CHECK(lines.any("info: /w/.istio-mtls.yaml read, 2 problems"));
    CHECK(lines.any("warning: request refused: textDocument/hover"));
    CHECK(lines.any("info: shutdown"));
    CHECK(std::count(lines.all.begin(), lines.all.end(), "info: method 'no/such' is not known here") == 1);
    CHECK(lines.any("textDocument/didChange of file:///w/secret.yaml") == (level == LogLevel::Debug));
  }
}

TEST_CASE("a slow message is logged with its time") {
  Lines lines;
  tests::MemoryFileSystem files;
  TestServer server(files, lines.log(workspace::LogLevel::Info));
  server.initialize({"/w"});
  server.time_per_look = std::chrono::milliseconds{300};
  server.notify("textDocument/didSave", {{"textDocument", {{"uri", "file:///w/a.yaml"}}}});
  CHECK(lines.any("info: slow: textDocument/didSave of file:///w/a.yaml: 300.00 ms"));
}

TEST_CASE("a client that asks for a trace gets one, as long as it wants and as much as it wants") {
  tests::MemoryFileSystem files;
  files.add("/w/secret.yaml", kManifest);
  TestServer server(files);
  server.initialize({"/w"});
  server.open("/w/secret.yaml", kManifest);
  CHECK(traces(server).empty());
  server.notify("$/setTrace", {{"value", "messages"}});
  server.request("textDocument/documentSymbol", {{"textDocument", {{"uri", "file:///w/secret.yaml"}}}});
  const auto plain = traces(server);
  REQUIRE(plain.size() == 2);
  CHECK(plain.back()["message"].get<std::string>().starts_with("handled textDocument/documentSymbol in "));
  CHECK_FALSE(plain.back().contains("verbose"));
  server.notify("$/setTrace", {{"value", "verbose"}});
  server.change("/w/secret.yaml", kManifest + "# " + kSecret + "\n", 2);
  const auto verbose = traces(server).back();
  CHECK(verbose["verbose"].get<std::string>().find("1 documents open") != std::string::npos);
  CHECK(Json(traces(server)).dump().find(kSecret) == std::string::npos);
  server.notify("$/setTrace", {{"value", "off"}});
  const std::size_t before = traces(server).size();
  server.notify("textDocument/didSave", {{"textDocument", {{"uri", "file:///w/secret.yaml"}}}});
  CHECK(traces(server).size() == before);
}

TEST_CASE("a trace can be asked for from the start") {
  tests::MemoryFileSystem files;
  TestServer server(files);
  server.request("initialize", {{"trace", "verbose"}, {"capabilities", Json::object()}});
  CHECK(traces(server).size() == 1);
}
