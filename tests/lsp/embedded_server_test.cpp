// The server in a host without threads: nothing waits, and what costs with the workspace leaves room for
// messages.
#include "lsp/embedded_server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/json_rpc.h"
#include "tests/support/memory_file_system.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using lsp::Json;

constexpr std::string_view kStrict =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
    "metadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n";
constexpr std::string_view kPlaintext =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: plain\n"
    "  namespace: shop\nspec:\n  host: cart.shop.svc.cluster.local\n  trafficPolicy:\n    tls:\n"
    "      mode: DISABLE\n";

Json call(const std::string& method, const Json& params, int id = 0) {
  Json message{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
  if (id != 0) message["id"] = id;
  return message;
}

// A host that does one slice at a time.
struct Host {
  explicit Host(const MemoryFileSystem& files, const lsp::ServeOptions& options = {})
      : server(options, files, {},
               {.send = [this](std::string_view text) { sent.push_back(Json::parse(text)); },
                .is_congested = [this] { return is_congested; },
                .watch = [this](std::int64_t process) { watched.push_back(process); }}) {}

  void send(const Json& message) { server.message(message.dump()); }
  // Until there is nothing to do; how many slices that took.
  std::size_t work() {
    for (std::size_t slices = 1;; ++slices) {
      next = server.work(1us);
      if (!next || *next > std::chrono::steady_clock::now()) return slices;
    }
  }
  void initialize() {
    send(call("initialize",
              {{"processId", 4711},
               {"capabilities", Json::object()},
               {"workspaceFolders", Json::array({{{"uri", "file:///mesh"}, {"name", "mesh"}}})}},
              1));
    send(call("initialized", Json::object()));
  }
  // The codes that are shown in a file, as published last.
  [[nodiscard]] std::vector<std::string> codes(const std::string& uri) const {
    std::vector<std::string> found;
    for (const Json& message : sent) {
      if (message.value("method", "") != "textDocument/publishDiagnostics" || message["params"]["uri"] != uri)
        continue;
      found.clear();
      for (const Json& diagnostic : message["params"]["diagnostics"]) found.push_back(diagnostic["code"]);
    }
    return found;
  }
  // Where the answer to a request is in what was sent; none: it was not answered.
  [[nodiscard]] std::optional<std::size_t> answered(int id) const {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (sent[i].contains("id") && sent[i]["id"] == id && !sent[i].contains("method")) return i;
    }
    return std::nullopt;
  }

  std::vector<Json> sent;
  std::vector<std::int64_t> watched;
  bool is_congested = false;
  std::optional<lsp::TimePoint> next;
  lsp::EmbeddedServer server;
};

MemoryFileSystem small_mesh() {
  MemoryFileSystem files;
  files.add("/mesh/peer.yaml", std::string(kStrict));
  files.add("/mesh/rule.yaml", std::string(kPlaintext));
  return files;
}

TEST_CASE("an embedded server reads a folder, reports, and ends as it is told") {
  const MemoryFileSystem files = small_mesh();
  Host host(files);
  host.initialize();
  host.work();
  CHECK(host.codes("file:///mesh/rule.yaml") == std::vector<std::string>{"TIS0208"});
  CHECK(host.codes("file:///mesh/peer.yaml") == std::vector<std::string>{"TIS0208"});
  CHECK(host.watched == std::vector<std::int64_t>{4711});
  REQUIRE(host.next);  // it looks at the disk again, since nobody watches
  CHECK(*host.next < std::chrono::steady_clock::now() + 1h);

  host.send(call("shutdown", nullptr, 2));
  host.work();
  CHECK(host.answered(2));
  host.send(call("exit", nullptr));
  host.work();
  CHECK_FALSE(host.next);
  CHECK(host.server.exit_status() == 0);
}

TEST_CASE("an embedded server's client that goes without a word is a failure") {
  const MemoryFileSystem files = small_mesh();
  Host host(files);
  host.initialize();
  host.server.end_input();
  host.work();
  CHECK_FALSE(host.next);
  CHECK(host.server.exit_status() == 1);
}

TEST_CASE("an embedded server takes a stream as it comes") {
  const MemoryFileSystem files = small_mesh();
  Host host(files);
  const std::string body = call("initialize", {{"capabilities", Json::object()}}, 1).dump();
  const std::string stream = fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  for (const char byte : stream + stream) host.server.feed({&byte, 1});
  CHECK(host.server.has_messages());
  host.work();
  CHECK_FALSE(host.server.has_messages());
  REQUIRE(host.sent.size() == 2);
  CHECK(host.sent[0].contains("result"));
  CHECK(host.sent[1].contains("error"));  // initialized already
}

TEST_CASE("an embedded server refuses a message that is too large") {
  const MemoryFileSystem files = small_mesh();
  lsp::ServeOptions options;
  options.max_message_bytes = 10;
  Host host(files, options);
  host.server.feed("Content-Length: 20\r\n\r\n{\"jsonrpc\":\"2.0\"    }");
  host.work();
  REQUIRE(host.sent.size() == 1);
  CHECK(host.sent[0].contains("error"));
}

TEST_CASE("an embedded server answers while it reads a large folder") {
  MemoryFileSystem files = small_mesh();
  for (int i = 0; i < 2000; ++i) files.add(fmt::format("/mesh/more/{}.yaml", i), std::string(kStrict));
  Host host(files);
  host.initialize();
  host.server.work(1us);  // `initialize` only
  host.send(call("textDocument/didOpen", {{"textDocument",
                                           {{"uri", "file:///mesh/rule.yaml"},
                                            {"languageId", "yaml"},
                                            {"version", 1},
                                            {"text", std::string(kPlaintext)}}}}));
  host.send(call("textDocument/documentSymbol", {{"textDocument", {{"uri", "file:///mesh/rule.yaml"}}}}, 7));
  std::size_t slices = 0;
  while (!host.answered(7)) {
    ++slices;
    REQUIRE(host.server.work(1us));
  }
  CHECK(slices < 10);
  // What was sent before the answer tells of no folder that was read.
  CHECK(host.codes("file:///mesh/peer.yaml").empty());
  CHECK(host.work() > 20);
  CHECK(host.codes("file:///mesh/peer.yaml").size() >= 1);
}

TEST_CASE("an embedded server waits with diagnostics for a client that does not read") {
  const MemoryFileSystem files = small_mesh();
  Host host(files);
  host.is_congested = true;
  host.initialize();
  host.work();
  CHECK(host.codes("file:///mesh/rule.yaml").empty());
  REQUIRE(host.next);
  CHECK(*host.next < std::chrono::steady_clock::now() + 1s);  // it looks again soon
  host.is_congested = false;
  host.work();
  CHECK(host.codes("file:///mesh/rule.yaml") == std::vector<std::string>{"TIS0208"});
}

}  // namespace
}  // namespace tests
