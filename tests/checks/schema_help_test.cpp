// What keys mean and which could be written, at the cursor (|) of half-typed text.
#include "checks/queries/schema_help.h"

#include <doctest/doctest.h>

#include <string>

#include "checks/queries/templates.h"
#include "tests/support/fixture.h"
#include "workspace/config/config_file.h"
#include "workspace/resources/istio_api.h"
#include "workspace/yaml/reader.h"

namespace {

using checks::SchemaOf;

const std::string kPeer = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n";
const std::string kRule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n";

std::vector<checks::Offer> offers(SchemaOf schema, std::string text, const checks::OfferStyle& style = {}) {
  const std::size_t cursor = text.find('|');
  REQUIRE(cursor != std::string::npos);
  text.erase(cursor, 1);
  return checks::schema_offers(schema, workspace::cursor_context(text, static_cast<std::uint32_t>(cursor)),
                               style);
}

std::string labels(SchemaOf schema, const std::string& text) {
  std::string all;
  for (const checks::Offer& offer : offers(schema, text)) all += (all.empty() ? "" : " ") + offer.label;
  return all;
}

// Of the offer with a label; "": there is none.
std::string written(const std::string& text, std::string_view label, const checks::OfferStyle& style = {}) {
  for (const checks::Offer& offer : offers(SchemaOf::Manifest, text, style)) {
    if (offer.label == label) return offer.snippet;
  }
  return "";
}

std::optional<checks::SchemaHelp> help(SchemaOf schema, std::string text) {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  const auto place = workspace::pointed_at(text, static_cast<std::uint32_t>(cursor));
  return place ? checks::schema_help(schema, *place) : std::nullopt;
}

}  // namespace

TEST_CASE("schema: keys that could be written") {
  const struct {
    std::string text;
    std::string_view labels;
  } cases[] = {
      {"|", "apiVersion kind metadata spec"},
      {"ki|", "apiVersion kind metadata spec"},
      {"kind: Sidecar\n|", "apiVersion metadata spec"},
      {kPeer + "|", "metadata spec"},
      {kPeer + "spec:\n  |", "mtls portLevelMtls selector"},
      {kPeer + "spec:\n  mt|\n  selector: {}\n", "mtls portLevelMtls"},
      {kPeer + "spec:\n  mtls:\n    |", "mode"},
      {kPeer + "spec:\n  portLevelMtls:\n    8080:\n      |", "mode"},
      {kPeer + "spec: {|}", "mtls portLevelMtls selector"},
      {kPeer + "metadata:\n  name: a\n  |",
       "namespace labels annotations generateName finalizers ownerReferences"},
      {kRule + "spec:\n  |", "host exportTo subsets trafficPolicy workloadSelector"},
      {kRule + "spec:\n  host: a\n  subsets:\n  - name: v1\n    |", "labels trafficPolicy"},
      {kRule + "spec:\n  subsets:\n    |", "name labels trafficPolicy"},
      {kRule + "spec:\n  subsets:\n    - |", "name labels trafficPolicy"},
      {kRule + "spec: [\n  |", ""},
      {"kind: List\nitems:\n- kind: DestinationRule\n  spec:\n    subsets:\n    - |",
       "name labels trafficPolicy"},
      // What is not ours, or nothing that a key is written in.
      {"services:\n  web: {}\n|", ""},
      {"apiVersion: apps/v1\n|", ""},
      {"apiVersion: apps/v1\nkind: Deployment\nspec:\n  |", ""},
      {"apiVersion: v1\nkind: Service\nmetadata:\n  |", ""},
      {"kind: PeerAuthentication\napiVersion: example.com/v1\nspec:\n  |", ""},
      {kPeer + "spec:\n  selector:\n    matchLabels:\n      |", ""},
      {kPeer + "spec:\n  # |", ""},
      {kPeer + "spec:\n  nonsense:\n    |", ""},
      {kPeer + "spec: |", ""},
      {kRule + "spec:\n  host: |", ""},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(labels(SchemaOf::Manifest, each.text) == each.labels);
  }
}

TEST_CASE("schema: values that could be written") {
  const struct {
    std::string text;
    std::string_view labels;
  } cases[] = {
      {kPeer + "spec:\n  mtls:\n    mode: |", "DISABLE PERMISSIVE STRICT UNSET"},
      {kPeer + "spec:\n  mtls:\n    mode:\n      |", "DISABLE PERMISSIVE STRICT UNSET"},
      {kPeer + "spec: {mtls: {mode: S|}}", "DISABLE PERMISSIVE STRICT UNSET"},
      {kRule + "spec:\n  trafficPolicy:\n    loadBalancer:\n      simple: |",
       "RANDOM PASSTHROUGH ROUND_ROBIN LEAST_REQUEST UNSPECIFIED LEAST_CONN"},
      {kRule + "spec:\n  trafficPolicy:\n    tls:\n      insecureSkipVerify: |", "true false"},
      {"kind: |",
       "DestinationRule Gateway ServiceEntry Sidecar WorkloadEntry WorkloadGroup AuthorizationPolicy "
       "PeerAuthentication RequestAuthentication"},
      {"apiVersion: security.istio.io/v1\nkind: |",
       "AuthorizationPolicy PeerAuthentication RequestAuthentication"},
      {"apiVersion: apps/v1\nkind: |", ""},
      {"apiVersion: |",
       "networking.istio.io/v1 security.istio.io/v1 networking.istio.io/v1beta1 security.istio.io/v1beta1 "
       "networking.istio.io/v1alpha3"},
      {"apiVersion: |\nkind: PeerAuthentication\n", "security.istio.io/v1 security.istio.io/v1beta1"},
      {"apiVersion: |\nkind: Deployment\n", ""},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(labels(SchemaOf::Manifest, each.text) == each.labels);
  }
}

TEST_CASE("schema: what a key brings with it") {
  const std::string spec = kRule + "spec:\n  ";
  CHECK(written(spec + "|", "host") == "host: ");
  CHECK(written(spec + "|", "trafficPolicy") == "trafficPolicy:\n  $0");
  CHECK(written(spec + "|", "subsets") == "subsets:\n  - $0");
  CHECK(written(spec + "sub|: []", "subsets", {.has_colon = true}) == "subsets");
  CHECK(written(spec + "|", "subsets", {.one_line = true}) == "subsets:");
  CHECK(written(kRule + "spec:\n    |", "trafficPolicy") == "trafficPolicy:\n    $0");
  CHECK(written(spec + "subsets:\n    |", "name") == "- name: ");
  CHECK(written(spec + "subsets:\n    |", "labels") == "- labels:\n    $0");
  CHECK(written(kRule + "spec: {|", "subsets") == "subsets: [$0]");
  CHECK(written(kRule + "spec: {|", "trafficPolicy") == "trafficPolicy: {$0}");
  const std::string json = "{\"kind\": \"DestinationRule\", \"spec\": {";
  CHECK(written(json + "|", "host", {.json = true}) == "\"host\": ");
  CHECK(written(json + "\"|\"", "host", {.json = true}) == "host");
  CHECK(written(json + "\"trafficPolicy\": {\"tls\": {\"mode\": |", "SIMPLE", {.json = true}) ==
        "\"SIMPLE\"");
}

TEST_CASE("schema: keys and values of the configuration") {
  CHECK(labels(SchemaOf::Settings, "|").starts_with("rootNamespace enableAutoMtls"));
  CHECK(labels(SchemaOf::Settings, "limits:\n  depth: 1\n  |") ==
        "fileSize documentSize aliasedValues documents");
  CHECK(labels(SchemaOf::Settings, "meshes:\n- |").starts_with("name include builds"));
  CHECK(labels(SchemaOf::Settings, "severity:\n  TIS0208: |") == "off hint information info warning error");
  CHECK(labels(SchemaOf::Settings, "enableAutoMtls: |") == "true false");
  CHECK(labels(SchemaOf::Settings, "rootNamespace: |").empty());
  CHECK(labels(SchemaOf::Settings, "other:\n  |").empty());
}

TEST_CASE("schema: what is pointed at") {
  const auto mode = help(SchemaOf::Manifest, kPeer + "spec: {mtls: {mo|de: STRICT}}");
  REQUIRE(mode);
  CHECK(mode->name == "mode");
  CHECK(mode->type == "one of UNSET, DISABLE, PERMISSIVE, STRICT");
  CHECK(mode->description == "Defines the mTLS mode used for peer authentication.");
  CHECK(
      mode->page.starts_with("https://istio.io/latest/docs/reference/config/security/peer_authentication/#"));
  const auto value = help(SchemaOf::Manifest, kPeer + "spec: {mtls: {mode: STR|ICT}}");
  REQUIRE(value);
  CHECK(value->value == "STRICT");
  CHECK(value->description.starts_with("Connection is an mTLS tunnel"));
  CHECK(help(SchemaOf::Manifest, kRule + "spec: {ho|st: a}")->is_required);
  CHECK(help(SchemaOf::Manifest, "kind: Side|car")->name == "Sidecar");
  CHECK(help(SchemaOf::Manifest, kPeer + "spec:\n  portLevelMtls: {8080: {mo|de: ").has_value());
  CHECK(help(SchemaOf::Settings, "root|Namespace: a")->description.ends_with("else istio-system."));
  for (const std::string& text : std::vector<std::string>{
           "ki|nd: Deployment\n", kPeer + "spec: {nons|ense: 1}", kPeer + "spec:\n  # mt|ls\n",
           "kind: Deploy|ment", kRule + "spec: {host: web|}", "services|: {}\n",
           kPeer + "spec: {selector: {matchLabels: {a|pp: web}}}"}) {
    CAPTURE(text);
    CHECK_FALSE(help(SchemaOf::Manifest, text));
  }
  CHECK_FALSE(help(SchemaOf::Settings, "other|: a"));
}

TEST_CASE("schema: where a whole resource could stand") {
  const auto is_empty = [](std::string text) {
    const std::size_t cursor = text.find('|');
    text.erase(cursor, 1);
    return checks::is_empty_document(workspace::cursor_context(text, static_cast<std::uint32_t>(cursor)));
  };
  for (const char* text : {"|", "# comment\n|", "Peer|", "a: 1\n---\n|", "a: 1\n---\r\nPe|\n---\nb: 1\n"})
    CHECK_MESSAGE(is_empty(text), text);
  for (const char* text : {"a: 1\n|", "# |", "a: |", "  |", "{|", "- |", "|\na: 1\n"})
    CHECK_MESSAGE(!is_empty(text), text);
}

TEST_CASE("schema: docs/editors.md names the releases that it is of") {
  const std::string_view releases = workspace::istio_api::releases();
  const auto minor = [](std::string_view release) {  // "v1.24.0" -> "1.24"
    return std::string(release.substr(1, release.rfind('.') - 1));
  };
  const std::string named = minor(releases.substr(0, releases.find(' '))) + " to " +
                            minor(releases.substr(releases.rfind(' ') + 1));
  const std::string page = tests::read_file(std::string(SOURCE_DIR) + "/docs/editors.md");
  CHECK_MESSAGE(page.find("Istio " + named) != std::string::npos, named);
}

TEST_CASE("templates: what they are without tab stops is what can be read") {
  checks::TemplateNames names;
  for (const bool has_names : {false, true}) {
    if (has_names) {
      names.root_namespace = "mesh";
      names.namespaces = {"foo", "bar"};
      names.hosts = {"a.foo.svc.cluster.local", "b.foo.svc.cluster.local"};
    }
    for (const checks::Template& each : checks::templates(SchemaOf::Manifest, names)) {
      const std::string text = checks::without_tab_stops(each.snippet);
      CAPTURE(text);
      CHECK(text.find('$') == std::string::npos);
      const auto read = workspace::yaml::read_yaml(text);
      REQUIRE(std::holds_alternative<workspace::yaml::Document>(read));
      const auto root = std::get<workspace::yaml::Document>(read).root();
      CHECK(each.label.starts_with(root["kind"].text()));
      const bool mesh_wide = each.label.ends_with(": mesh");
      CHECK(root["metadata"]["namespace"].text() ==
            (mesh_wide ? names.root_namespace : std::string(has_names ? "foo" : "default")));
      CHECK(root["spec"].is_mapping());
    }
    for (const checks::Template& each : checks::templates(SchemaOf::Settings, names)) {
      const auto config = workspace::read_config(checks::without_tab_stops(each.snippet));
      CHECK(config.problems.empty());
      CHECK(config.settings.root_namespace == names.root_namespace);
    }
  }
}

TEST_CASE("templates: tab stops") {
  CHECK(checks::without_tab_stops("a: ${1:b}\n  $0") == "a: b\n  ");
  CHECK(checks::without_tab_stops("${1|one,two|}, ${2|x|}.") == "one, x.");
  CHECK(checks::without_tab_stops("${1:a,b}\\$\\}") == "a,b$}");
  CHECK(checks::without_tab_stops("${1|a\\,b,c|} $12x ${3}y") == "a,b x y");
  CHECK(checks::without_tab_stops("").empty());
}
