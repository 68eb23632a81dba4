// Comments that silence are written where they may stand, byte for byte, and taken out again.
#include "checks/engine/suppress_edit.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "checks/engine/analysis.h"
#include "checks/registry.h"

namespace tests {

namespace {

using checks::Analysis;
using checks::Finding;

const std::string kRule =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec: {host: a.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}\n";

// A policy that conflicts with kRule; `spec` as it stands after the key.
std::string policy(const std::string& spec) {
  return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: "
         "foo}\nspec:" +
         spec;
}

class TwoFiles {
 public:
  explicit TwoFiles(const std::string& peer, const std::string& path = "/w/peer.yaml")
      : path_(path), analysis_(checks::check_registry(), std::vector<checks::MeshDefinition>(1)) {
    set("/w/rule.yaml", kRule);
    set(path, peer);
  }

  void set(const std::string& path, const std::string& text) {
    texts_[path] = text;
    analysis_.apply({{path, workspace::read_facts(text)}});
  }

  [[nodiscard]] const std::string& text() const { return texts_.at(path_); }
  [[nodiscard]] std::size_t count() const { return analysis_.findings(path_).size(); }

  // Silences the only finding; false if that is not offered.
  bool suppress() {
    const auto findings = analysis_.findings(path_);
    REQUIRE(findings.size() == 1);
    const auto edit = checks::suppress(path_, text(), *analysis_.facts(path_), findings[0].at.range.begin,
                                       findings[0].code);
    if (edit) set(path_, workspace::yaml::apply_edits(text(), {*edit}));
    return edit.has_value();
  }

  [[nodiscard]] std::vector<checks::UnusedSuppression> unused() const {
    return analysis_.unused_suppressions(path_, [this](const std::string& path) {
      return std::make_shared<const std::string>(texts_.at(path));
    });
  }

  // Takes out what is unused, one after the other.
  void clean() {
    for (auto all = unused(); !all.empty(); all = unused()) {
      const auto& facts = *analysis_.facts(path_);
      const auto& first = all.front();
      const auto edit = first.code.empty() ? checks::remove_comment(text(), facts, first.comment)
                                           : checks::remove_code(text(), facts, first.comment, first.code);
      REQUIRE(edit);
      set(path_, workspace::yaml::apply_edits(text(), {*edit}));
    }
  }

 private:
  std::string path_;
  std::map<std::string, std::string> texts_;
  Analysis analysis_;
};

void check_suppressed(const std::string& before, const std::string& after) {
  TwoFiles files(before);
  CHECK(files.suppress());
  CHECK(files.text() == after);
  CHECK(files.count() == 0);
  CHECK(files.unused().empty());
}

void check_cleaned(const std::string& before, const std::string& after) {
  TwoFiles files(before);
  files.clean();
  CHECK(files.text() == after);
}

std::string with_crlf(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
    text.replace(at, 1, "\r\n");
  return text;
}

}  // namespace

TEST_CASE("a comment goes on the line above, indented as the line") {
  check_suppressed(policy("\n  mtls:\n    mode: STRICT\n"),
                   policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: STRICT\n"));
  check_suppressed(policy("\n  mtls:\n    mode: STRICT"),
                   policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: STRICT"));
  check_suppressed(policy("\n  mtls: {\n    mode: STRICT\n  }\n"),
                   policy("\n  mtls: {\n    # istio-mtls: ignore TIS0208\n    mode: STRICT\n  }\n"));
  check_suppressed(policy(" {mtls: {mode: STRICT}}\n"),
                   policy(" {mtls: {mode: STRICT}}\n")
                       .insert(policy("").rfind("spec:"), "# istio-mtls: ignore TIS0208\n"));
}

TEST_CASE("line ends are kept") {
  check_suppressed(with_crlf(policy("\n  mtls:\n    mode: STRICT\n")),
                   with_crlf(policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: STRICT\n")));
  check_suppressed(with_crlf(policy("\n  mtls:\n    mode: STRICT")),
                   with_crlf(policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: STRICT")));
}

TEST_CASE("at a sequence's item the comment stands before the dash") {
  const std::string head = "apiVersion: v1\nkind: List\nitems:\n";
  check_suppressed(head + "  - " +
                       "spec: {mtls: {mode: STRICT}}\n    apiVersion: security.istio.io/v1\n"
                       "    kind: PeerAuthentication\n    metadata: {name: x, namespace: foo}\n",
                   head + "  # istio-mtls: ignore TIS0208\n  - " +
                       "spec: {mtls: {mode: STRICT}}\n"
                       "    apiVersion: security.istio.io/v1\n    kind: PeerAuthentication\n"
                       "    metadata: {name: x, namespace: foo}\n");
}

TEST_CASE("anchors, quotes and block scalars are left as they are") {
  check_suppressed(policy("\n  mtls:\n    mode: &m 'STRICT'\n"),
                   policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: &m 'STRICT'\n"));
  check_suppressed(policy("\n  mtls:\n    mode: >-\n      STRICT\n"),
                   policy("\n  mtls:\n    mode: >- # istio-mtls: ignore TIS0208\n      STRICT\n"));
  const std::string after_block =
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n"
      "  annotations:\n    note: |\n      a # istio\n\n  name: default\n  namespace: foo\n"
      "spec: &s\n  mtls:\n    mode: STRICT\n";
  std::string expected = after_block;
  expected.insert(expected.find("    mode:"), "    # istio-mtls: ignore TIS0208\n");
  check_suppressed(after_block, expected);
}

TEST_CASE("a document that begins on its marker's line is silenced behind the line") {
  check_suppressed(
      "---\nkind: X\n--- {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: "
      "{name: default, namespace: foo}, spec: {mtls: {mode: STRICT}}}\n",
      "---\nkind: X\n--- {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: "
      "{name: default, namespace: foo}, spec: {mtls: {mode: STRICT}}} # istio-mtls: ignore "
      "TIS0208\n");
}

TEST_CASE("a comment of ours that covers the place is extended") {
  TwoFiles files(policy("\n  mtls:\n    # istio-mtls: ignore TIS0503 -- old clients\n    mode: STRICT\n"));
  CHECK(files.suppress());
  CHECK(files.text() ==
        policy("\n  mtls:\n    # istio-mtls: ignore TIS0503, TIS0208 -- old clients\n    mode: STRICT\n"));
  TwoFiles spaced(policy("\n  mtls:\n    mode: STRICT # istio-mtls: ignore TIS0503 TIS0206\n"));
  CHECK(spaced.suppress());
  CHECK(spaced.text() ==
        policy("\n  mtls:\n    mode: STRICT # istio-mtls: ignore TIS0503 TIS0206 TIS0208\n"));
}

TEST_CASE("where no comment may stand none is offered") {
  TwoFiles json(
      "{\"apiVersion\": \"security.istio.io/v1\", \"kind\": \"PeerAuthentication\", \"metadata\": {\"name\": "
      "\"default\", \"namespace\": \"foo\"},\n \"spec\": {\"mtls\": {\"mode\": \"STRICT\"}}}\n",
      "/w/peer.json");
  CHECK_FALSE(json.suppress());
  TwoFiles broken(policy("\n  mtls:\n    mode: STRICT\n"));
  const auto facts = workspace::read_facts("kind: [\n");
  CHECK_FALSE(checks::suppress("/w/peer.yaml", "kind: [\n", *facts, 0, "MTLS0900"));
}

TEST_CASE("what silences nothing is told, as long as it does") {
  TwoFiles files(policy("\n  mtls:\n    # istio-mtls: ignore TIS0208\n    mode: STRICT\n"));
  CHECK(files.unused().empty());
  files.set("/w/rule.yaml", "kind: Nothing\n");
  REQUIRE(files.unused().size() == 1);
  CHECK(files.unused()[0].message == "this comment ignores nothing: TIS0208 is not found here");
  files.set("/w/rule.yaml", kRule);
  CHECK(files.unused().empty());
}

TEST_CASE("single codes and codes that do not exist are told") {
  TwoFiles files(
      policy("\n  mtls:\n    # istio-mtls: ignore TIS0208, TIS0503, TIS9999 -- reason\n    mode: STRICT\n"));
  const auto unused = files.unused();
  REQUIRE(unused.size() == 2);
  CHECK(unused[0].code == "TIS0503");
  CHECK(files.text().substr(unused[1].range.begin, unused[1].range.size()) == "TIS9999");
  CHECK(unused[1].message == "unknown code TIS9999");
}

TEST_CASE("an annotation that silences nothing is told at its value") {
  const std::string head =
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n"
      "  annotations: {istio-mtls/ignore: 'TIS0208'}\n  name: default\n  namespace: foo\n";
  TwoFiles files(head + "spec: {mtls: {mode: STRICT}}\n");
  CHECK(files.unused().empty());
  files.set("/w/peer.yaml", head + "spec: {mtls: {mode: PERMISSIVE}}\n");
  const auto unused = files.unused();
  REQUIRE(unused.size() == 1);
  CHECK(files.text().substr(unused[0].range.begin, unused[0].range.size()) == "TIS0208");
  CHECK(unused[0].comment.empty());
}

TEST_CASE("nothing is told of broken documents") {
  TwoFiles files(policy("\n  # istio-mtls: ignore TIS0208\n  mtls: [\n"));
  CHECK(files.unused().empty());
}

TEST_CASE("unused comments and codes are taken out without a trace") {
  check_cleaned(policy("\n  mtls:\n    # istio-mtls: ignore TIS0503\n\n    mode: PERMISSIVE\n"),
                policy("\n  mtls:\n\n    mode: PERMISSIVE\n"));
  check_cleaned(policy("\n  mtls:\n    mode: PERMISSIVE  # istio-mtls: ignore\n"),
                policy("\n  mtls:\n    mode: PERMISSIVE\n"));
  check_cleaned(with_crlf(policy("\n  mtls:\n    # istio-mtls: ignore\n    mode: PERMISSIVE\n")),
                with_crlf(policy("\n  mtls:\n    mode: PERMISSIVE\n")));
  check_cleaned(policy("\n  mtls:\n    # istio-mtls: ignore TIS0503, TIS0208, X -- why\n    mode: STRICT\n"),
                policy("\n  mtls:\n    # istio-mtls: ignore TIS0208 -- why\n    mode: STRICT\n"));
}

}  // namespace tests
