// Hover, as a client sees it: what is said of each part, and how it is marked up.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/lsp/test_server.h"

namespace {

using lsp::Json;
using tests::TestServer;

const std::string kPeer =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n"
    "spec:\n  mtls: {mode: STRICT}\n";
const std::string kRule =
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\n"
    "spec:\n  host: svc\n  trafficPolicy:\n    tls: {mode: DISABLE}\n";
const std::string kService =
    "apiVersion: v1\nkind: Service\nmetadata: {name: svc, namespace: foo}\n"
    "spec:\n  selector: {app: web}\n  ports: [{port: 80}]\n"
    "---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-v1, namespace: foo}\n"
    "spec: {template: {metadata: {labels: {app: web}}}}\n";
const std::string kOwn =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: web, namespace: foo}\n"
    "spec:\n  selector: {matchLabels: {app: web}}\n  portLevelMtls: {8080: {mode: DISABLE}}\n";

const Json kMarkdown{{"textDocument", {{"hover", {{"contentFormat", {"markdown"}}}}}}};

struct Mesh {
  tests::MemoryFileSystem files;
  TestServer server{files};

  Mesh() {
    files.add("/w/peer.yaml", kPeer);
    files.add("/w/rule.yaml", kRule);
    files.add("/w/service.yaml", kService);
  }

  Json hover(const std::string& path, std::string_view needle) {
    const std::string text = *files.read(path, 1U << 20U);
    const std::string before = text.substr(0, text.find(needle));
    const auto line = std::count(before.begin(), before.end(), '\n');
    const auto column = before.size() - (before.rfind('\n') + 1);
    return server.request("textDocument/hover",
                          {{"textDocument", {{"uri", "file://" + path}}},
                           {"position", {{"line", line}, {"character", column}}}})["result"];
  }
  std::string said(const std::string& path, std::string_view needle) {
    const Json result = hover(path, needle);
    return result.is_null() ? "" : result["contents"]["value"].get<std::string>();
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_FIXTURE(Mesh,
                  "hover: a policy's mode says whom it decides for, what clients send and the verdict") {
  server.initialize({"/w"}, kMarkdown);
  const Json result = hover("/w/peer.yaml", "STRICT");
  CHECK(result["contents"]["kind"] == "markdown");
  CHECK(result["range"]["start"] == Json{{"line", 4}, {"character", 15}});
  CHECK(result["range"]["end"] == Json{{"line", 4}, {"character", 21}});
  const std::string text = result["contents"]["value"];
  CHECK(has(text, "**STRICT**: servers accept mTLS only"));
  CHECK(has(text, "Applies to namespace `foo`: 1 workload ([web-v1](file:///w/service.yaml#L10,18))"));
  CHECK(
      has(text, "✗ [foo/a](file:///w/rule.yaml#L7,17): calls to `svc.foo.svc.cluster.local` send plaintext"));
  CHECK(has(text, "**✗ 1 conflict**"));
}

TEST_CASE_FIXTURE(Mesh, "hover: plain text for clients that know no Markdown") {
  server.initialize({"/w"});
  const Json result = hover("/w/rule.yaml", "DISABLE");
  CHECK(result["contents"]["kind"] == "plaintext");
  CHECK(result["contents"]["value"] ==
        "DISABLE: clients send plaintext.\n\n- ✗ servers in STRICT by foo/default at peer.yaml:5: calls "
        "fail\n\n"
        "✗ 1 conflict");
}

TEST_CASE_FIXTURE(Mesh, "hover: places are in words for editors that cannot follow links") {
  for (const char* name : {"Neovim", ""}) {
    CAPTURE(name);
    TestServer other(files);
    other.client_name = name;
    other.initialize({"/w"}, kMarkdown);
    const Json result =
        other.request("textDocument/hover", {{"textDocument", {{"uri", "file:///w/peer.yaml"}}},
                                             {"position", {{"line", 4}, {"character", 15}}}})["result"];
    CHECK(result["contents"]["kind"] == "markdown");
    const std::string text = result["contents"]["value"];
    CHECK(has(text, "✗ foo/a at `rule.yaml:7`: calls to `svc.foo.svc.cluster.local` send plaintext"));
    CHECK_FALSE(has(text, "file://"));
  }
}

TEST_CASE_FIXTURE(Mesh, "hover: a place is named from the innermost folder around it") {
  server.initialize({"/", "/w"});
  CHECK(has(said("/w/rule.yaml", "DISABLE"), "foo/default at peer.yaml:5"));
}

TEST_CASE_FIXTURE(Mesh, "hover: a place is named from the root where that is the folder") {
  server.initialize({"/"});
  CHECK(has(said("/w/rule.yaml", "DISABLE"), "foo/default at w/peer.yaml:5"));
}

TEST_CASE_FIXTURE(Mesh, "hover: a host resolves to a Service, ports and all") {
  server.initialize({"/w"}, kMarkdown);
  const std::string text = said("/w/rule.yaml", "svc\n");
  CHECK(has(text, "`svc.foo.svc.cluster.local`: Service [foo/svc](file:///w/service.yaml#L3,18)."));
  CHECK(has(text, "All ports:\n- servers: STRICT by [foo/default](file:///w/peer.yaml#L5,16)"));
  CHECK(has(text, "✗ clients send: DISABLE by [foo/a](file:///w/rule.yaml#L7,17): **calls fail**"));
  CHECK(has(said("/w/service.yaml", "svc, namespace"), "All ports:\n- servers: STRICT"));
}

TEST_CASE_FIXTURE(Mesh, "hover: a host that several rules name says who has the say") {
  files.add("/w/other.yaml",
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: b, namespace: bar}\n"
            "spec:\n  host: svc.foo.svc.cluster.local\n  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}\n");
  server.initialize({"/w"}, kMarkdown);
  const std::string text = said("/w/rule.yaml", "svc\n");
  CHECK(has(text, "- clients in `bar`: [bar/b](file:///w/other.yaml#L3,18)"));
  CHECK(has(text, "- clients elsewhere: this rule"));
}

TEST_CASE_FIXTURE(Mesh, "hover: a workload says who selects it and what holds per port") {
  files.add("/w/own.yaml", kOwn);
  server.initialize({"/w"});
  CHECK(
      said("/w/service.yaml", "web}}}}") ==
      "Selected by foo/web at own.yaml:3.\n\n- port 8080: DISABLE by foo/web at own.yaml:6, which overrides "
      "STRICT by foo/default at peer.yaml:5\n- all other ports: STRICT by foo/default at peer.yaml:5");
  CHECK(has(
      said("/w/own.yaml", "DISABLE"),
      "Applies to port 8080 of what its selector matches in foo: 1 workload (web-v1 at service.yaml:10)."));
  CHECK(has(said("/w/own.yaml", "web}}"), "Instead STRICT by foo/default at peer.yaml:5."));
  CHECK(said("/w/service.yaml", "web}\n") == "Selects web-v1 at service.yaml:10.");
}

TEST_CASE_FIXTURE(Mesh, "hover: a workload without a sidecar says why, and so does its Service") {
  files.add("/w/namespace.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: foo, labels: {istio-injection: disabled}}\n");
  server.initialize({"/w"});
  const std::string why = "no sidecar: namespace foo is labelled istio-injection: disabled";
  CHECK(said("/w/service.yaml", "web}}}}") == "N" + why.substr(1) +
                                                  ". Its calls are plaintext, and no policy decides anything "
                                                  "for it.");
  CHECK(has(said("/w/service.yaml", "svc, namespace"), "- web-v1, " + why + " at namespace.yaml:3\n"));
}

TEST_CASE_FIXTURE(Mesh, "hover: a Service names its callers that have no certificate") {
  files.add("/w/webhook.yaml",
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n"
            "metadata: {name: hook}\nwebhooks:\n"
            "- {name: a, clientConfig: {service: {name: svc, namespace: foo, port: 80}}}\n");
  files.add("/w/job.yaml",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job, namespace: foo}\n"
            "spec: {template: {metadata: {labels: {sidecar.istio.io/inject: 'false'}}, spec: {containers: "
            "[{name: a, args: ['http://svc.foo:80/']}]}}}\n");
  server.initialize({"/w"});
  const std::string text = said("/w/service.yaml", "svc, namespace");
  CHECK(has(text,
            "Callers without a certificate of the mesh:\n\n- ✗ Job foo/job at job.yaml:3: calls fail\n"
            "- ✗ ValidatingWebhookConfiguration hook at webhook.yaml:3: calls fail"));
}

TEST_CASE_FIXTURE(Mesh, "hover: an ambient workload") {
  files.add(
      "/w/namespace.yaml",
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: foo, labels: {istio.io/dataplane-mode: ambient}}\n");
  server.initialize({"/w"});
  CHECK(has(said("/w/service.yaml", "web}}}}"),
            "Ambient: namespace foo is labelled istio.io/dataplane-mode: ambient"));
}

TEST_CASE_FIXTURE(Mesh, "hover: what decides nothing says why") {
  files.add("/w/late.yaml", std::string(kPeer).replace(kPeer.find("default"), 7, "zzz"));
  files.add("/w/z/copy.yaml", kRule);
  server.initialize({"/w"});
  CHECK(has(said("/w/late.yaml", "STRICT"), "Decides nothing: foo/default at peer.yaml:3 comes before it."));
  CHECK(has(said("/w/z/copy.yaml", "DISABLE"), "DestinationRule foo/a is defined more than once"));
}

TEST_CASE_FIXTURE(Mesh, "hover: nothing where nothing means anything, nor while the mesh is not known") {
  server.initialize({"/w"}, {{"workspace", {{"configuration", true}}}});
  CHECK(hover("/w/peer.yaml", "STRICT").is_null());
  server.now += std::chrono::seconds(10);
  server.tick();
  CHECK_FALSE(hover("/w/peer.yaml", "STRICT").is_null());
  CHECK(hover("/w/peer.yaml", "spec").is_null());
}

TEST_CASE("hover: names from manifests are no markup") {
  tests::MemoryFileSystem files;
  TestServer server(files);
  server.initialize({"/w"}, kMarkdown);
  server.open("/w/a.yaml",
              std::string(kPeer).replace(kPeer.find("default"), 7, "'[x](y)`<b>'") + "---\n" + kRule);
  const Json result =
      server.request("textDocument/hover", {{"textDocument", {{"uri", "file:///w/a.yaml"}}},
                                            {"position", {{"line", 12}, {"character", 20}}}})["result"];
  REQUIRE_FALSE(result.is_null());
  CHECK(has(result["contents"]["value"].get<std::string>(),
            "[foo/\\[x\\]\\(y\\)\\`\\<b\\>](file:///w/a.yaml#L5,16)"));
}
