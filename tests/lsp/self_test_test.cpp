// The self-test agrees where the server is right, and finds the fault where it is made to miss something.
#include "lsp/self_test.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/cli_run.h"
#include "tests/support/memory_file_system.h"

namespace {

using namespace std::chrono_literals;
using lsp::Json;
using lsp::SelfTestOptions;

const std::string kPolicy =
    "# two documents\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
    "metadata: {name: default, namespace: foo}\nspec:\n  mtls:\n    mode: STRICT # ä€😀\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: foo}\nspec: {selector: {app: a}, ports: "
    "[{port: 80}]}\n";
const std::string kRule =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec: {host: a.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}\n";

struct Mesh {
  tests::MemoryFileSystem files;
  SelfTestOptions options;
  Mesh() {
    files.add("/w/peer.yaml", kPolicy);
    files.add("/w/rule.yaml", kRule);
    options.folders = {"/w"};
    options.file = "/w/peer.yaml";
  }
  lsp::SelfTestReport run() {
    auto report = lsp::self_test(files, options);
    REQUIRE(report);
    return *report;
  }
};

std::size_t comparisons(const lsp::SelfTestReport& report) {
  std::size_t sum = 0;
  for (const auto& phase : report.phases) sum += phase.comparisons;
  return sum;
}

}  // namespace

TEST_CASE_FIXTURE(Mesh, "a session that gets everything agrees, in every phase") {
  const auto report = run();
  for (const auto& difference : report.disagreements)
    FAIL_CHECK(difference.when, ": ", difference.about, "\n", difference.session, "\n", difference.fresh);
  REQUIRE(report.phases.size() == 6);
  for (const auto& phase : report.phases) {
    CAPTURE(phase.name);
    CHECK(phase.comparisons > 0);
    CHECK(phase.steps == phase.planned);
  }
  CHECK(report.phases[1].steps > 200);  // typed character by character
  CHECK(report.phases[3].steps >= 4);   // the policy's fix and the rule's, each applied and taken back
}

TEST_CASE_FIXTURE(Mesh, "a session that misses one change is found out, and told where") {
  int changes = 0;
  SUBCASE("of the tested file") {
    options.loses = [&](std::string_view method, const Json&) {
      return method == "textDocument/didChange" && ++changes == 100;
    };
  }
  SUBCASE("of a file that a fix changes") {
    options.loses = [&](std::string_view method, const Json& params) {
      return method == "textDocument/didChange" && params["textDocument"]["uri"] == "file:///w/rule.yaml";
    };
  }
  SUBCASE("the closing") {
    // The buffer then says what the disk does, but with a version.
    options.loses = [](std::string_view method, const Json& params) {
      return method == "textDocument/didClose" && params["textDocument"]["uri"] == "file:///w/rule.yaml";
    };
    files.add("/w/rule.yaml", kRule);
  }
  const auto report = run();
  REQUIRE_FALSE(report.disagreements.empty());
  CHECK(report.disagreements.size() <= 5);
  CHECK_FALSE(report.disagreements.front().when.empty());
  CHECK(report.disagreements.front().session != report.disagreements.front().fresh);
}

TEST_CASE_FIXTURE(Mesh, "a file outside of the workspace, one that is no YAML and an empty one agree too") {
  SUBCASE("outside") {
    files.add("/v/alone.yaml", kPolicy + "---\n" + kRule);
    options.file = "/v/alone.yaml";
  }
  SUBCASE("no YAML") { files.add("/w/peer.yaml", kPolicy + "---\nkind: [\n"); }
  SUBCASE("empty") { files.add("/w/peer.yaml", ""); }
  SUBCASE("line ends of Windows, and a BOM") {
    std::string text = "\xef\xbb\xbf";
    for (const char c : kPolicy) text += c == '\n' ? "\r\n" : std::string(1, c);
    files.add("/w/peer.yaml", text);
  }
  SUBCASE("the configuration") {
    files.add("/w/.istio-mtls.yaml", "rootNamespace: foo\nseverity: {TIS0208: warning}\n");
    options.file = "/w/.istio-mtls.yaml";
  }
  const auto report = run();
  for (const auto& difference : report.disagreements)
    FAIL_CHECK(difference.when, ": ", difference.about, "\n", difference.session, "\n", difference.fresh);
  CHECK(comparisons(report) >= 3);
}

TEST_CASE_FIXTURE(Mesh,
                  "when time is up the rest is left out, and every phase still ends with a whole file") {
  auto clock = std::make_shared<std::chrono::steady_clock::time_point>();
  options.budget = 1s;
  options.now = [clock] { return *clock += 10ms; };
  const auto report = run();
  CHECK(report.disagreements.empty());
  CHECK(report.phases[1].steps < report.phases[1].planned);
  CHECK(report.phases.back().comparisons == 1);
}

TEST_CASE_FIXTURE(Mesh, "a large file is typed in pieces, and no character is cut") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "# äöü€😀 line " + std::to_string(i) + "\n";
  files.add("/w/peer.yaml", text + kPolicy);
  const auto report = run();
  CHECK(report.disagreements.empty());
  CHECK(report.phases[1].planned <= 1001);
}

TEST_CASE("check --self-test on the command line") {
  tests::CliRun run;
  run.files.add("/w/peer.yaml", kPolicy);
  run.files.add("/w/rule.yaml", kRule);
  const auto good = run({"check", "--self-test", "peer.yaml"});
  CHECK(good.status == 0);
  CHECK(good.err.empty());
  CHECK(good.out.find("typing: ") != std::string::npos);
  CHECK(good.out.find("the server agrees with a fresh reading in all ") != std::string::npos);

  const auto missing = run({"check", "--self-test", "no.yaml"});
  CHECK(missing.status == 2);
  CHECK(missing.out.empty());
  CHECK(missing.err.find("no.yaml") != std::string::npos);
  CHECK(run({"check", "--self-test", "peer.yaml", "rule.yaml"}).status == 2);  // no folder
  CHECK(run({"check", "--self-test", "peer.yaml", "--config", "none"}).status == 2);
  CHECK(run({"check", "--self-test", "peer.yaml", "--format", "json"}).status == 2);
  run.files.add("/w/latin.yaml", "a: \xe4\n");
  CHECK(run({"check", "--self-test", "latin.yaml"}).status == 2);
}
