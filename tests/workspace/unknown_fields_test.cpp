#include "workspace/resources/unknown_fields.h"

#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "workspace/yaml/reader.h"

using workspace::append_key;
using workspace::kMaxFieldSuggestions;
using workspace::kMaxUnknownFields;
using workspace::unknown_fields;
using workspace::UnknownField;

namespace {

struct Lines : std::vector<std::string> {
  using std::vector<std::string>::vector;
  friend std::ostream& operator<<(std::ostream& out, const Lines& lines) {
    for (const std::string& line : lines) out << line << " | ";
    return out;
  }
};

// The findings of a text as lines: PATH [-> SUGGESTION | beside spec]. Each range is held to the path's last
// key.
Lines find(std::string_view text, std::string_view group, std::string_view kind) {
  const workspace::istio_api::Kind* known = workspace::istio_api::find_kind(group, kind);
  REQUIRE(known);
  const auto read = workspace::yaml::read_yaml(text);
  const auto* document = std::get_if<workspace::yaml::Document>(&read);
  REQUIRE(document);
  Lines lines;
  for (const UnknownField& field : unknown_fields(document->root(), *known)) {
    std::string line = field.path;
    if (field.suggestion) line += " -> " + std::string(*field.suggestion);
    if (field.is_beside_spec) line += " beside spec";
    lines.push_back(std::move(line));
    const std::string key(text.substr(field.key_range.begin, field.key_range.size()));
    CAPTURE(key);
    if (key.find_first_of("./*") == std::string::npos) CHECK(field.path.ends_with(key));
  }
  return lines;
}

Lines in_peer_authentication(std::string_view text) {
  return find(text, "security.istio.io", "PeerAuthentication");
}
Lines in_destination_rule(std::string_view text) {
  return find(text, "networking.istio.io", "DestinationRule");
}

}  // namespace

TEST_CASE("unknown fields: none in what Istio knows") {
  CHECK(in_peer_authentication(R"(
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: a
  namespace: foo
  labels: {any: thing, app.kubernetes.io/name: x}
  annotations: {x/y: z}
  ownerReferences: [{apiVersion: v1, kind: A, name: b, uid: c}]
spec:
  selector:
    matchLabels: {app: a, any: b}
  mtls: {mode: STRICT}
  portLevelMtls:
    8080: {mode: DISABLE}
    "http": {mode: DISABLE}
status: {what: ever, conditions: [{no: field}]}
)")
            .empty());
  CHECK(in_destination_rule("").empty());
  CHECK(in_destination_rule("{}").empty());
  CHECK(in_destination_rule("[a]").empty());
  CHECK(in_destination_rule("text").empty());
}

TEST_CASE("unknown fields: at any depth, with what was meant") {
  CHECK(in_peer_authentication(R"(
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: a
  label: {app: a}
spec:
  selector: {matchLabel: {app: a}}
  mtl: {mode: STRICT}
  port_level_mtls: {8080: {mode: STRICT}}
  portLevelMtls:
    8080: {mod: STRICT}
    a.b: {server: x}
specs: {}
)") == Lines{"metadata.label -> labels", "spec.selector.matchLabel -> matchLabels", "spec.mtl -> mtls",
             "spec.port_level_mtls", "spec.portLevelMtls.8080.mod -> mode",
             "spec.portLevelMtls[\"a.b\"].server", "specs"});
  CHECK(in_destination_rule(R"(
spec:
  hots: a
  trafficPolicy:
    portLevelSettings:
    - port: {number: 80}
    - port: {number: 81, protocol: TCP}
      tls: {mode: SIMPLE, credentialname: x}
  subsets:
  - name: v1
    lables: {version: v1}
    trafficPolicy:
      tls: {mod: DISABLE}
      loadbalancer: {simple: RANDOM}
)") == Lines{"spec.hots -> host", "spec.trafficPolicy.portLevelSettings[1].port.protocol",
             "spec.trafficPolicy.portLevelSettings[1].tls.credentialname -> credentialName",
             "spec.subsets[0].lables -> labels", "spec.subsets[0].trafficPolicy.tls.mod -> mode",
             "spec.subsets[0].trafficPolicy.loadbalancer -> loadBalancer"});
  CHECK(find("spec: {rules: [{from: [{principals: [a]}], to: [{operation: {method: [GET]}}]}]}",
             "security.istio.io", "AuthorizationPolicy") ==
        Lines{"spec.rules[0].from[0].principals", "spec.rules[0].to[0].operation.method -> methods"});
  CHECK(find("spec: {jwtRules: [{issuer: a, jwksUri: b}, {issuer: a, jwks_uri: b, jwksurl: c}]}",
             "security.istio.io", "RequestAuthentication") == Lines{"spec.jwtRules[1].jwksurl -> jwksUri"});
}

TEST_CASE("unknown fields: spec's fields beside spec") {
  CHECK(in_peer_authentication(R"(
metadata: {name: a}
mtls: {mode: STRICT}
selector: {matchLabel: {a: b}}
mtl: {mode: STRICT}
mode: STRICT
)") == Lines{"mtls beside spec", "selector beside spec", "mtl", "mode"});
  CHECK(in_destination_rule("host: a\nspec: {trafficPolicy: {}}") == Lines{"host beside spec"});
}

TEST_CASE("unknown fields: one suggestion where renaming makes no duplicate") {
  CHECK(in_peer_authentication("spec: {mtls: {}, mtl: {}}") == Lines{"spec.mtl"});
  CHECK(in_peer_authentication("spec: {mtl: {}, mtlss: {}}") == Lines{"spec.mtl -> mtls", "spec.mtlss"});
  CHECK(find("spec: {servers: [{tls: {mProtocolVersion: TLSV1_2}}]}", "networking.istio.io", "Gateway") ==
        Lines{"spec.servers[0].tls.mProtocolVersion"});
}

TEST_CASE("unknown fields: nothing is said of what is not certain") {
  // Of another type than the field.
  CHECK(in_destination_rule("spec: text").empty());
  CHECK(in_destination_rule("spec: [{hots: a}]").empty());
  CHECK(in_destination_rule("spec: {subsets: {nam: a}, trafficPolicy: [{tsl: {}}], host: {x: y}}").empty());
  CHECK(in_peer_authentication("metadata: {labels: {a: {b: c}}}\nspec: {mtls: STRICT}").empty());
  // Absent.
  CHECK(in_destination_rule("spec:\n  hots:\n  trafficPolicy: ~\nhost: null").empty());
  // Variables and directives.
  CHECK(in_peer_authentication("spec: {$patch: delete, '${KEY}': 1, 'a${x}': 1, '{{ .Values.k }}': 1}")
            .empty());
  CHECK(in_peer_authentication("spec: {'': 1}").empty());
  // Kinds whose fields are not in the tables.
  CHECK(find("spec: {x: y}", "networking.istio.io", "VirtualService").empty());
}

TEST_CASE("unknown fields: aliases and merge keys, once per path") {
  CHECK(in_destination_rule(R"(
spec:
  host: a
  trafficPolicy: &policy
    tls: {mod: SIMPLE}
  subsets:
  - {name: a, trafficPolicy: *policy}
)") == Lines{"spec.trafficPolicy.tls.mod -> mode", "spec.subsets[0].trafficPolicy.tls.mod -> mode"});
  CHECK(in_destination_rule(R"(
spec:
  host: a
  trafficPolicy: &policy
    tls: &tls {mod: SIMPLE}
  subsets:
  - name: a
    trafficPolicy:
      <<: *policy
      tls: {<<: *tls, sin: a}
)") == Lines{"spec.trafficPolicy.tls.mod -> mode", "spec.subsets[0].trafficPolicy.tls.mod -> mode",
             "spec.subsets[0].trafficPolicy.tls.sin -> sni"});
}

TEST_CASE("unknown fields: hostile input is bounded") {
  std::string many = "spec:\n";
  for (int i = 0; i < 5000; ++i) many += "  mtl" + std::to_string(i) + ": 1\n";
  const Lines lines = in_peer_authentication(many);
  CHECK(lines.size() == kMaxUnknownFields);
  CHECK(lines.front() == "spec.mtl0 -> mtls");

  // A long key costs each path below it a piece only.
  const std::string key(1000, 'k');  // YAML allows little more
  const std::string below = "{spec: {portLevelMtls: {" + key + ": {a: 1, b: 2}}}}";
  CHECK(in_peer_authentication(below) == Lines{"spec.portLevelMtls." + key.substr(0, 100) + "….a",
                                               "spec.portLevelMtls." + key.substr(0, 100) + "….b"});
}

TEST_CASE("unknown fields: keys in paths") {
  const auto path_with = [](std::string path, std::string_view key) {
    append_key(path, key);
    return path;
  };
  CHECK(path_with("", "spec") == "spec");
  CHECK(path_with("spec", "a") == "spec.a");
  CHECK(path_with("spec", "a/b") == "spec[\"a/b\"]");
  CHECK(path_with("", "a.b") == "[\"a.b\"]");
  CHECK(path_with("spec", "a\"b\\.") == "spec[\"a\\\"b\\\\.\"]");
  CHECK(path_with("spec", "") == "spec[\"\"]");
  // Cut where a character ends.
  CHECK(path_with("", std::string(99, 'a') + "äb") == std::string(99, 'a') + "…");
}
