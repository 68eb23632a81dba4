#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "checks/registry.h"
#include "tests/support/cli_run.h"

using nlohmann::json;
using tests::CliResult;
using tests::CliRun;

namespace {

constexpr const char* kStrict = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: foo}
spec: {mtls: {mode: STRICT}}
)";
constexpr const char* kPlaintext = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: foo}
spec: {host: a, trafficPolicy: {tls: {mode: DISABLE}}}
)";
// Some service that the wildcard matches has a sidecar, so the fix is preferred.
constexpr const char* kNamespaceWide = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: foo}
spec: {host: "*.foo.svc.cluster.local", trafficPolicy: {tls: {mode: DISABLE}}}
)";

constexpr const char* kBroken = "apiVersion: v1\nkind: Service\nmetadata: [b\n";

CliRun conflict(const char* rule = kPlaintext) {
  CliRun run;
  run.files.add("/w/mesh/peer.yaml", kStrict);
  run.files.add("/w/mesh/rule.yaml", rule);
  return run;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> codes_of(const CliResult& result) {
  std::vector<std::string> codes;
  const json report = json::parse(result.out);
  for (const json& finding : report.at("findings")) codes.push_back(finding.at("code"));
  return codes;
}

// Everything that stands in docs/check-output.schema.json as required, of the right type.
void check_place(const json& place) {
  for (const char* key : {"role", "kind", "namespace", "name", "file", "path"})
    CHECK(place.at(key).is_string());
  for (const char* end : {"start", "end"}) {
    CHECK(place.at("range").at(end).at("line") >= 1);
    CHECK(place.at("range").at(end).at("column") >= 1);
  }
}

}  // namespace

TEST_CASE("json has every member of the contract") {
  const CliResult result = conflict(kNamespaceWide)({"check", "--format", "json"});
  CHECK(result.status == 1);
  CHECK(result.err.empty());
  const json report = json::parse(result.out);
  CHECK(report.at("version") == 1);
  CHECK(report.at("summary") == json{{"files", 2},
                                     {"documents", 2},
                                     {"errors", 2},
                                     {"warnings", 0},
                                     {"information", 0},
                                     {"templates", 0},
                                     {"builds", 0},
                                     {"meshes", 1},
                                     {"unlisted", 0},
                                     {"notChecked", json::array()}});
  REQUIRE(report.at("findings").size() == 2);
  for (const json& finding : report.at("findings")) {
    CHECK(finding.at("code") == "TIS0208");
    CHECK(finding.at("severity") == "error");
    CHECK(finding.at("mesh") == "default");
    CHECK(finding.at("meshes") == json{"default"});
    check_place(finding.at("at"));
    REQUIRE(finding.at("related").size() == 1);
    check_place(finding.at("related")[0]);
    REQUIRE(finding.at("fixes").size() >= 2);
    for (const json& fix : finding.at("fixes")) {
      CHECK(fix.at("preferred") != fix.at("weakens"));
      REQUIRE(fix.at("edits").size() == 1);
      CHECK(fix.at("edits")[0].at("newText").is_string());
      CHECK(fix.at("edits")[0].at("range").contains("end"));
    }
  }
  const json& at = report["findings"][0]["at"];
  CHECK(at ==
        json::parse(R"({"role": "policy", "kind": "PeerAuthentication", "namespace": "foo", "name": "default",
    "file": "mesh/peer.yaml", "range": {"start": {"line": 4, "column": 21}, "end": {"line": 4, "column": 27}},
    "path": "spec.mtls.mode"})"));
  CHECK(report["findings"][1]["at"]["role"] == "rule");
}

TEST_CASE("json: a document that does not read has no resource") {
  CliRun run;
  run.files.add("/w/a.yaml", kBroken);
  const json report = json::parse(run({"check", "--format", "json"}).out);
  const json& at = report.at("findings").at(0).at("at");
  CHECK(at.at("role") == "policy");
  CHECK(at.at("kind") == "");
  CHECK(at.at("path") == "");
}

TEST_CASE("json: names that are no UTF-8 do not break it") {
  CliRun run;
  run.files.add("/w/\xFF.yaml", kBroken);
  CHECK(codes_of(run({"check", "--format", "json"})) == std::vector<std::string>{"MTLS0900"});
}

TEST_CASE("findings come by file, line, column, code") {
  CliRun run;
  std::string text = kStrict;
  for (const char* name : {"c", "b"}) {
    text += std::string("---\n") + kPlaintext;
    text.replace(text.rfind("name: a"), 7, std::string("name: ") + name);
    text.replace(text.rfind("host: a"), 7, std::string("host: ") + name);
  }
  run.files.add("/w/z.yaml", text);
  run.files.add("/w/B.yaml", kBroken);
  const json report = json::parse(run({"check", "--format", "json"}).out);
  std::vector<std::pair<std::string, int>> places;
  for (const json& finding : report.at("findings")) {
    places.emplace_back(finding["at"]["file"], finding["at"]["range"]["start"]["line"]);
  }
  CHECK(places.size() == 4);
  CHECK(std::is_sorted(places.begin(), places.end()));
}

TEST_CASE("sarif has the rules of the registry, places, related places and fixes") {
  const CliResult result = conflict()({"check", "--format", "sarif"});
  CHECK(result.status == 1);
  const json log = json::parse(result.out);
  CHECK(log.at("version") == "2.1.0");
  const json& run = log.at("runs").at(0);
  CHECK(run.at("columnKind") == "unicodeCodePoints");
  CHECK(run.at("invocations").at(0).at("executionSuccessful") == true);
  const json& rules = run.at("tool").at("driver").at("rules");
  REQUIRE(rules.size() == checks::all_checks().size());
  for (const json& found : run.at("results")) {
    CHECK(rules.at(found.at("ruleIndex").get<std::size_t>()).at("id") == found.at("ruleId"));
    CHECK(found.at("level") == "error");
    CHECK(found.at("relatedLocations").size() == 1);
    CHECK(found.at("relatedLocations")[0].at("id") == 1);
    CHECK(found.at("fixes").size() == 2);
    const json& change = found.at("fixes")[1].at("artifactChanges").at(0);
    CHECK(change.at("artifactLocation").at("uri") == "mesh/peer.yaml");
    CHECK(change.at("replacements")[0].at("insertedContent").at("text") == "PERMISSIVE");
    CHECK(change.at("replacements")[0].at("deletedRegion").at("endColumn") == 27);
  }
  const json& location = run.at("results")[0].at("locations").at(0);
  CHECK(location.at("physicalLocation").at("region") ==
        json{{"startLine", 4}, {"startColumn", 21}, {"endLine", 4}, {"endColumn", 27}});
  CHECK(location.at("logicalLocations").at(0).at("name") == "spec.mtls.mode");
}

TEST_CASE("sarif tells when not everything could be read") {
  CliRun run = conflict();
  run.files.add("/w/secret.yaml", "");
  run.files.fail_to_read("/w/secret.yaml");
  const CliResult result = run({"check", "--format", "sarif"});
  CHECK(result.status == 2);
  CHECK(json::parse(result.out)["runs"][0]["invocations"][0]["executionSuccessful"] == false);
}

TEST_CASE("github commands escape what the runner would take for its own") {
  CliRun run;
  run.files.add("/w/a,b:c%/rule.yaml", kPlaintext);
  run.files.add("/w/peer.yaml", kStrict);
  const std::string out = run({"check", "--format", "github"}).out;
  CHECK(has(out, "::error file=a%2Cb%3Ac%25/rule.yaml,line=4,col=45,endColumn=52,title=TIS0208::Calls to "));
  CHECK(has(out, "%0Apeer.yaml:4:21: "));
}

TEST_CASE("a file or folder that can't be read is told, the rest is checked, the status is 2") {
  CliRun run = conflict();
  run.files.add("/w/locked/x.yaml", kStrict);
  run.files.fail_to_read("/w/locked");
  const CliResult result = run({"check"});
  CHECK(result.status == 2);
  CHECK(result.err == "istio-mtls-ls: error: locked: cannot list: Permission denied\n");
  CHECK(has(result.out, "1 conflict (2 places) in 2 files"));
}

TEST_CASE("many files on several threads give what one thread gives") {
  CliRun run = conflict();
  for (int i = 0; i < 300; ++i) {
    std::string text = kPlaintext;
    text.replace(text.find("name: a"), 7, "name: r" + std::to_string(i));
    text.replace(text.find("host: a"), 7, "host: h" + std::to_string(i));
    run.files.add("/w/many/" + std::to_string(i) + ".yaml", text);
  }
  const CliResult one = run({"check", "--format", "json", "--jobs", "1"});
  const CliResult many = run({"check", "--format", "json", "--jobs", "8"});
  CHECK(one.out == many.out);
  CHECK(codes_of(one).size() == 302);
  const json policy = json::parse(one.out)["findings"];
  std::size_t most = 0;
  for (const json& finding : policy) most = std::max(most, finding["related"].size());
  CHECK(most == 301);  // complete in JSON
}

TEST_CASE("colours: on a terminal, unless unwanted or asked for") {
  CliRun run = conflict();
  const auto colored = [&run](const char* when) { return has(run({"check", "--color", when}).out, "\x1b["); };
  CHECK_FALSE(colored("auto"));
  CHECK(colored("always"));
  run.on_terminal = true;
  CHECK(colored("auto"));
  CHECK_FALSE(colored("never"));
  run.colors_unwanted = true;
  CHECK_FALSE(colored("auto"));
  CHECK(colored("always"));
}

TEST_CASE("standard input is one stream among files, and belongs to every mesh of a configuration") {
  CliRun run;
  run.input = kPlaintext;
  run.files.add("/w/.istio-mtls.yaml",
                "meshes: [{name: a, include: [\"a/**\"]}, {name: b, include: [\"b/**\"]}]\n");
  run.files.add("/w/b/peer.yaml", kStrict);
  const json report = json::parse(run({"check", "-", "b", "--format", "json"}).out);
  REQUIRE(report["findings"].size() == 2);
  CHECK(report["findings"][0]["at"]["file"] == "<stdin>");
  CHECK(report["findings"][0]["mesh"] == "b");
}

TEST_CASE("paths under a configuration and paths without one") {
  CliRun run;
  run.files.add("/w/a/.istio-mtls.yaml", "meshes: [{name: inner, include: [\"**\"]}]\n");
  run.files.add("/w/a/peer.yaml", kStrict);
  run.files.add("/w/b/rule.yaml", kPlaintext);
  CHECK(codes_of(run({"check", "a", "b", "--format", "json"})).empty());  // two meshes
  run.files.remove("/w/a/.istio-mtls.yaml");
  CHECK(codes_of(run({"check", "a", "b", "--format", "json"})).size() == 2);  // one
}

TEST_CASE("what the command line says wins over the configuration file") {
  CliRun run;
  run.files.add("/w/.istio-mtls.yaml", "rootNamespace: ignored\nexclude: [x]\n");
  run.files.add("/w/peer.yaml",
                "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
                "metadata: {name: default, namespace: roots}\nspec: {mtls: {mode: DISABLE}}\n");
  run.files.add("/w/x/broken.yaml", kBroken);
  CHECK(codes_of(run({"check", "--format", "json"})).empty());
  CHECK(codes_of(run({"check", "--format", "json", "--root-namespace", "roots"})) ==
        std::vector<std::string>{"TIS0503"});
}

TEST_CASE("globs of the command line are relative to the current folder, or to the mesh's root") {
  CliRun run;
  run.files.add("/w/.istio-mtls.yaml", "");
  run.files.add("/w/a/b/broken.yaml", kBroken);
  run.files.add("/v/c/broken.yaml", kBroken);
  const auto count = [&run](const char* path, const char* glob) {
    return codes_of(run({"check", path, "--format", "json", "--exclude", glob})).size();
  };
  CHECK(count("a", "a/b/**") == 0);
  CHECK(count("a", "/b/**") == 1);
  CHECK(count("/v", "/c/**") == 0);
  CHECK(count("/v", "/broken.yaml") == 1);
}

TEST_CASE("explain knows every code of the registry, in any case") {
  const CliRun run;
  const std::string list = run({"explain"}).out;
  for (const checks::Check* check : checks::all_checks()) {
    const std::string code(check->code);
    CHECK(has(list, code));
    const CliResult result = run({"explain", code});
    CHECK(result.status == 0);
    CHECK(has(result.out, std::string(check->title)));
  }
  CHECK(run({"explain", "tis0208"}).out == run({"explain", "TIS0208"}).out);
}

TEST_CASE("--select and --ignore choose codes, on top of the configuration") {
  CliRun run = conflict();
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  run.files.add("/w/mesh/zzz.yaml", replaced(kStrict, "default", "zzz"));
  using Codes = std::vector<std::string>;
  const auto codes = [&run](std::vector<std::string> more) {
    more.insert(more.begin(), {"check", "--format", "json"});
    return codes_of(run(more));
  };
  CHECK(codes({}) == Codes{"TIS0001", "TIS0208", "TIS0208", "TIS0001"});
  CHECK(codes({"--select", "tis0208"}) == Codes{"TIS0208", "TIS0208"});
  CHECK(codes({"--ignore", "TIS0208"}) == Codes{"TIS0001", "TIS0001"});
  CHECK(codes({"--select=TIS0208", "--ignore=TIS0208"}).empty());
  run.files.add("/w/.istio-mtls.yaml", "severity: {TIS0208: warning}\n");
  CHECK(has(run({"check", "--select", "TIS0208"}).out, "warning[TIS0208]"));
  const CliResult unknown = run({"check", "--ignore", "TIS0280"});
  CHECK(unknown.status == 2);
  CHECK(has(unknown.err, "unknown code 'TIS0280'"));
}

TEST_CASE("-o writes what standard output would have had, once all is done") {
  CliRun run = conflict();
  const std::string expected = run({"check", "--format", "sarif"}).out;
  const CliResult result = run({"check", "--format", "sarif", "-o", "report/mtls.sarif"});
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(run.saved.at("/w/report/mtls.sarif") == expected);
  run.can_save = false;
  const CliResult refused = run({"check", "-o", "x"});
  CHECK(refused.status == 2);
  CHECK(refused.err == "istio-mtls-ls: error: x: cannot write\n");
}

TEST_CASE("-q prints findings only") {
  const CliRun run = conflict();
  CHECK(has(run({"check"}).out, "1 conflict (2 places) in "));
  CHECK_FALSE(has(run({"check", "-q"}).out, " in 2 files"));
  CHECK_FALSE(has(run({"check", "-q", "--format", "github"}).out, " in 2 files"));
  CHECK(run({"check", "-q", "--ignore", "TIS0208"}).out.empty());
}

TEST_CASE("gitlab: an issue a finding, with a fingerprint that lines above do not change") {
  CliRun run = conflict();
  const json before = json::parse(run({"check", "--format", "gitlab"}).out);
  REQUIRE(before.size() == 2);
  CHECK(before[0].at("check_name") == "TIS0208");
  CHECK(before[0].at("severity") == "critical");
  CHECK(before[0].at("location") == json{{"path", "mesh/peer.yaml"}, {"lines", {{"begin", 4}, {"end", 4}}}});
  CHECK(before[0].at("fingerprint") != before[1].at("fingerprint"));
  run.files.add("/w/mesh/peer.yaml", std::string("# a new line\n") + kStrict);
  const json after = json::parse(run({"check", "--format", "gitlab"}).out);
  CHECK(after[0].at("location").at("lines").at("begin") == 5);
  for (std::size_t i = 0; i < 2; ++i) CHECK(after[i].at("fingerprint") == before[i].at("fingerprint"));
  CHECK(json::parse(run({"check", "--format", "gitlab", "--ignore", "TIS0208"}).out).empty());
}

TEST_CASE("junit: a failed case a finding, one that passes where there is none") {
  CliRun run = conflict();
  std::string odd = kPlaintext;
  odd.replace(odd.find("DISABLE"), 7, "'<&\"'");
  odd.replace(odd.find("name: a"), 7, "name: z");
  run.files.add("/w/mesh/odd.yaml", odd);
  const std::string failed = run({"check", "--format", "junit"}).out;
  CHECK(has(failed, "<testsuites tests=\""));
  CHECK(has(failed, "name=\"TIS0208 mesh/peer.yaml:4:21\" file=\"mesh/peer.yaml\" line=\"4\""));
  CHECK(has(failed, "&lt;&amp;&quot;"));
  CHECK_FALSE(has(failed, "<&"));
  const std::string passed = run({"check", "--format", "junit", "--select", "TIS0503"}).out;
  CHECK(has(passed, "<testsuites tests=\"1\" failures=\"0\">"));
  CHECK(has(run({"check", "--format", "junit", "--fail-on", "never"}).out, "failures=\"0\""));
}

TEST_CASE("no format lets control characters of a manifest through") {
  CliRun run;
  run.files.add("/w/a.json",
                R"({"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": {"name":
"a\u001b[31m\u007f\u009b2J", "namespace": "foo\u0007"}, "spec": {"mtls": {"mode": "STRICT"}}})");
  run.files.add("/w/b.json",
                R"({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name":
"b\u009d0;t\u0007", "namespace": "foo\u0007"}, "spec": {"host": "x\u001b]0;t", "trafficPolicy": {"tls":
{"mode": "DISABLE\u009b"}}}})");
  const std::vector<std::vector<std::string>> commands = {{"check", "--format", "text"},
                                                          {"check", "--format", "json"},
                                                          {"check", "--format", "sarif"},
                                                          {"check", "--format", "github"},
                                                          {"check", "--format", "gitlab"},
                                                          {"check", "--format", "junit"},
                                                          {"effective"},
                                                          {"effective", "--format", "json"},
                                                          {"graph"},
                                                          {"graph", "--format", "dot"}};
  for (const auto& command : commands) {
    INFO(command.front(), " ", command.back());
    const CliResult result = run(command);
    const std::string text = result.out + result.err;
    CHECK(text.size() > 100);
    CHECK(std::none_of(text.begin(), text.end(), [](char c) { return c != '\n' && c >= 0 && c < ' '; }));
    for (std::size_t at = text.find('\xC2'); at != std::string::npos; at = text.find('\xC2', at + 1))
      CHECK(static_cast<unsigned char>(text[at + 1]) >= 0xA0);
    CHECK_FALSE(has(text, "\x7F"));
  }
}

TEST_CASE("a current folder that was deleted is not taken for /") {
  CliRun run = conflict();
  run.current_folder = "";
  for (const std::string command : {"check", "fix", "effective", "graph", "render"}) {
    INFO(command);
    const CliResult result = run({command, "."});
    CHECK(result.status == 2);
    CHECK(result.err == "istio-mtls-ls: error: the current folder does not exist\n");
    CHECK(result.out.empty());
  }
  CHECK(run({"check"}).status == 2);
  CHECK(run({"check", "/w", "--config", "x.yaml"}).status == 2);
  CHECK(run({"check", "/w"}).status == 1);
  CHECK(run({"explain"}).status == 0);
}

TEST_CASE("fix --dry-run shows a diff and needs no disk") {
  const CliResult result = conflict(kNamespaceWide)({"fix", "--dry-run"});
  CHECK(result.status == 0);
  CHECK(has(result.out,
            "-spec: {host: \"*.foo.svc.cluster.local\", trafficPolicy: {tls: {mode: DISABLE}}}\n"
            "+spec: {host: \"*.foo.svc.cluster.local\", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}\n"));
  CHECK(has(result.err, "would apply 1 fix to 1 file; no conflict is left"));
}
