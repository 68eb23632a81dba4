#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/terminal_text.h"
#include "tests/support/cli_run.h"

using tests::CliResult;
using tests::CliRun;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void add_service(std::string& text, const std::string& ns, const std::string& name, int port) {
  text += fmt::format(
      "apiVersion: v1\nkind: Service\nmetadata: {{name: {0}, namespace: {1}}}\n"
      "spec: {{selector: {{app: {0}}}, ports: [{{port: {2}}}]}}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {{name: {0}, namespace: {1}, labels: {{app: {0}}}}}\n---\n",
      name, ns, port);
}

// `namespaces` of 25 services each, in each fourth of them STRICT; the first service of those is sent
// plaintext.
CliRun mesh_of(int namespaces) {
  CliRun run;
  for (int i = 0; i < namespaces; ++i) {
    const std::string ns = fmt::format("team-{:03}", i);
    std::string text = fmt::format(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {}, labels: {{istio-injection: "
        "enabled}}}}\n---\n",
        ns);
    for (int s = 0; s < 25; ++s) add_service(text, ns, fmt::format("s{:02}", s), 8000 + s);
    if (i % 4 == 0) {
      text += fmt::format(
          "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: "
          "{0}}}\n"
          "spec: {{mtls: {{mode: STRICT}}}}\n---\n"
          "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: s00, namespace: "
          "{0}}}\n"
          "spec: {{host: s00, trafficPolicy: {{tls: {{mode: DISABLE}}}}}}\n",
          ns);
    }
    run.files.add(fmt::format("/w/{}.yaml", ns), text);
  }
  return run;
}

}  // namespace

TEST_CASE("services of a namespace that are alike share a table, whatever their ports") {
  const CliResult result = mesh_of(1)({"effective"});
  CHECK(result.status == 0);
  CHECK(result.out.find("25 services in 1 namespace: calls to 1 fail; 25 STRICT") != std::string::npos);
  CHECK(result.out.find("24 services in team-000: s01, s02, s03, s04, s05, s06 and 18 more") !=
        std::string::npos);
  CHECK(result.out.find("\n  each  STRICT") != std::string::npos);
  CHECK(result.out.find("\ns00.team-000.svc.cluster.local\n") != std::string::npos);
}

TEST_CASE("1,500 services take 200 lines at most; with a filter all that it lets through is shown") {
  const CliRun run = mesh_of(60);
  const CliResult all = run({"effective"});
  CHECK(lines_of(all.out).size() <= 200);
  CHECK(all.out.find("1500 services in 60 namespaces: calls to 15 fail; 1125 PERMISSIVE, 375 STRICT") !=
        std::string::npos);
  CHECK(all.out.find("\ns00.team-056.svc.cluster.local\n") != std::string::npos);
  CHECK(all.out.find("1485 services are not shown: --failing") != std::string::npos);
  const CliResult one = run({"effective", "--namespace", "team-004", "--format", "json"});
  CHECK(nlohmann::json::parse(one.out)["meshes"][0]["services"].size() == 26);  // and what no document shows
  const CliResult failing = run({"effective", "--failing", "--namespace", "team-004"});
  CHECK(failing.out.find("s00.team-004") != std::string::npos);
  CHECK(failing.out.find("s01") == std::string::npos);
}

TEST_CASE("a namespace is told even where thousands do not fit") {
  const CliResult result = mesh_of(400)({"effective"});
  CHECK(lines_of(result.out).size() <= 200);
  CHECK(result.out.find("more namespaces") != std::string::npos);
}

TEST_CASE("on a terminal tables fit its width") {
  CliRun run = mesh_of(1);
  run.on_terminal = true;
  run.colors_unwanted = true;
  for (const std::string& line : lines_of(run({"effective"}).out)) CHECK(cli::display_width(line) <= 80);
}
