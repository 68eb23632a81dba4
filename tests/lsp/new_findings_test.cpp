// What is held back while somebody types, in a server without a clock of its own.
#include "lsp/new_findings.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/lsp/test_server.h"

using lsp::Json;
using lsp::NewFindings;
using tests::TestServer;
using namespace std::chrono_literals;

namespace {

constexpr lsp::TimePoint kStart{};

Json diagnostic(const std::string& code, const std::string& message, int line) {
  return {{"code", code}, {"message", message}, {"range", {{"start", {{"line", line}, {"character", 0}}}}}};
}

std::vector<std::string> codes(const Json& diagnostics) {
  std::vector<std::string> all;
  for (const Json& each : diagnostics) all.push_back(each["code"]);
  return all;
}

}  // namespace

TEST_CASE("new findings: nothing is held back unless somebody types") {
  NewFindings findings;
  CHECK(findings.pass("/a", Json::array({diagnostic("A", "a", 1)})).size() == 1);
  CHECK(findings.deadline() == lsp::TimePoint::max());
  CHECK_FALSE(findings.is_typing());
}

TEST_CASE("new findings: while somebody types what was shown stays, what is gone goes, what is new waits") {
  NewFindings findings;
  findings.pass("/a", Json::array({diagnostic("A", "a", 1), diagnostic("B", "b", 2)}));
  findings.typed("/a", kStart);
  CHECK(findings.deadline() == kStart + workspace::kDefaultDiagnosticsDelay);
  CHECK(codes(findings.pass("/a", Json::array({diagnostic("A", "a", 7), diagnostic("C", "c", 3)}))) ==
        std::vector<std::string>{"A"});
  CHECK(findings.pass("/other", Json::array({diagnostic("A", "a", 1)})).empty());
  // What went is new when it comes back.
  CHECK(codes(findings.pass("/a", Json::array({diagnostic("A", "a", 7), diagnostic("B", "b", 2)}))) ==
        std::vector<std::string>{"A"});
  const NewFindings::Released released = findings.release();
  CHECK(released.held_back == std::vector<std::string>{"/a", "/other"});
  CHECK(released.edited == std::vector<std::string>{"/a"});
  CHECK(findings.pass("/other", Json::array({diagnostic("A", "a", 1)})).size() == 1);
}

TEST_CASE("new findings: another message at the same line is no news, a second one of a kind is") {
  NewFindings findings;
  findings.pass("/a", Json::array({diagnostic("A", "in overlays/prod", 1)}));
  findings.typed("/a", kStart);
  CHECK(findings.pass("/a", Json::array({diagnostic("A", "in overlays/dev", 1)})).size() == 1);
  CHECK(findings
            .pass("/a",
                  Json::array({diagnostic("A", "in overlays/dev", 1), diagnostic("A", "in overlays/dev", 5)}))
            .size() == 1);
}

TEST_CASE("new findings: without a delay all is said at once, and nothing remembered") {
  NewFindings findings;
  findings.set_delay(0ms);
  findings.typed("/a", kStart);
  CHECK_FALSE(findings.is_typing());
  CHECK(findings.pass("/a", Json::array({diagnostic("A", "a", 1)})).size() == 1);
}

namespace {

constexpr const char* kStrict =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\n"
    "spec:\n  mtls:\n    mode: STRICT\n";

std::string rule(const std::string& tls) {
  return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: "
         "shop}\n"
         "spec:\n  host: cart.shop.svc.cluster.local\n  trafficPolicy:\n    tls:\n      " +
         tls + "\n";
}

struct Typed {
  Typed() : server(files) {
    files.add("/ws/policy.yaml", kStrict);
    server.initialize({"/ws"}, Json::object(), 400ms);
    server.run();
    server.open("/ws/rule.yaml", rule("mode: ISTIO_MUTUAL"));
  }
  // The rule's tls, letter by letter from where the new text differs.
  void type(const std::string& tls) {
    server.change("/ws/rule.yaml", rule(tls), ++version);
    server.now += 50ms;
  }
  void pause() {
    server.now += 1s;
    server.tick();
  }
  [[nodiscard]] std::vector<std::string> shown() const { return server.codes("/ws/rule.yaml"); }

  tests::MemoryFileSystem files;
  TestServer server;
  int version = 1;
};

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Typed,
                  "typing: a conflict is said when typing has paused, at both ends, and goes at once") {
  type("mode: DISABLE");
  CHECK(shown().empty());
  CHECK(server.codes("/ws/policy.yaml").empty());
  pause();
  CHECK(shown() == Codes{"TIS0208"});
  CHECK(server.codes("/ws/policy.yaml") == Codes{"TIS0208"});
  type("mode: ISTIO_MUTUAL");
  CHECK(shown().empty());
  CHECK(server.codes("/ws/policy.yaml").empty());
}

TEST_CASE_FIXTURE(
    Typed, "typing: half a mode is not said, however long the pause, until the line is left or saved") {
  for (const std::string value : {"", "D", "DIS", "ISTIO_MUTUA"}) {
    type("mode: " + value);
    pause();
    CAPTURE(value);
    CHECK(shown().empty());
  }
  type("mode: DISX");
  pause();
  CHECK_FALSE(shown().empty());
  type("mode: DIS");
  CHECK(server.codes("/ws/policy.yaml").empty());
  server.notify("textDocument/didSave", {{"textDocument", {{"uri", "file:///ws/rule.yaml"}}}});
  CHECK(shown() == Codes{"MTLS0001"});
}

TEST_CASE_FIXTURE(Typed, "typing: a half-written key is not yet an unknown field, nor broken YAML") {
  for (const std::string tls : {"m", "mod", "mode", "mode:"}) {
    type(tls);
    pause();
    CAPTURE(tls);
    CHECK(shown().empty());
  }
  type("modus: SIMPLE");
  pause();
  CHECK_FALSE(shown().empty());
}

TEST_CASE_FIXTURE(Typed, "typing: opening and closing another file ends the pause") {
  type("mode: DISABLE");
  CHECK(shown().empty());
  server.open("/ws/policy.yaml", kStrict);
  CHECK(shown() == Codes{"TIS0208"});
}
