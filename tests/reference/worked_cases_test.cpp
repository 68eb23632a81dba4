// The worked cases of docs/design/mtls-semantics.md, section 9, against the reference alone.
#include <doctest/doctest.h>

#include "tests/reference/test_meshes.h"

namespace reference {
namespace {

TEST_CASE("worked cases") {
  const string root = "istio-system";
  const PeerAuthentication mesh_disable = peer(root, "default", "DISABLE");
  const PeerAuthentication mesh_strict = peer(root, "default", "STRICT");
  const PeerAuthentication foo_strict = peer("foo", "default", "STRICT");
  const string exact = "my-service.foo.svc.cluster.local";

  SUBCASE("1") {
    CHECK(found({mesh_disable}) == Lines{"TIS0503 warning PA istio-system/default spec.mtls.mode"});
  }
  SUBCASE("2") { CHECK(found({mesh_disable, rule(root, "r", "*.cluster.local", "DISABLE")}).empty()); }
  SUBCASE("3") {
    CHECK(found({mesh_disable, rule(root, "r", "*.local", "ISTIO_MUTUAL")}) ==
          both("TIS0503", "PA istio-system/default" + kMode, "DR istio-system/r" + kTls));
  }
  SUBCASE("4") {
    CHECK(found({mesh_disable, rule(root, "r", "*.local", "ISTIO_MUTUAL"),
                 rule(root, "s", "*.cluster.local", "DISABLE")})
              .empty());
  }
  SUBCASE("5") {
    CHECK(found({foo_strict, rule("foo", "r", exact, "DISABLE")}) ==
          both("TIS0208", "PA foo/default" + kMode, "DR foo/r" + kTls));
  }
  SUBCASE("6") { CHECK(found({foo_strict}).empty()); }
  SUBCASE("7") {
    CHECK(found({mesh_strict, rule(root, "r", "*.local", "DISABLE")}) ==
          both("TIS0208", "PA istio-system/default" + kMode, "DR istio-system/r" + kTls));
  }
  SUBCASE("8") {
    CHECK(found({mesh_strict, rule(root, "r", "*.local", "DISABLE"), peer("foo", "default", "PERMISSIVE")}) ==
          both("TIS0208", "PA istio-system/default" + kMode, "DR istio-system/r" + kTls));
  }
  SUBCASE("9") {
    CHECK(found({foo_strict, rule("bar", "r", exact, "DISABLE", {"."})}) ==
          both("TIS0208", "PA foo/default" + kMode, "DR bar/r" + kTls));
  }
  SUBCASE("10") {
    CHECK(found({foo_strict, rule("bar", "r", exact, "DISABLE")}) ==
          both("TIS0208", "PA foo/default" + kMode, "DR bar/r" + kTls));
  }
  SUBCASE("11") {
    CHECK(found({foo_strict, rule("foo", "r", "my-service", "DISABLE"),
                 rule("foo", "s", "*.foo.svc.cluster.local", "ISTIO_MUTUAL")}) ==
          both("TIS0208", "PA foo/default" + kMode, "DR foo/r" + kTls));
  }
  SUBCASE("12") {
    CHECK(found({foo_strict, rule(root, "r", "*.local", "DISABLE"),
                 rule("foo", "s", "*.foo.svc.cluster.local", "ISTIO_MUTUAL")})
              .empty());
  }
  const PeerAuthentication foo_a_strict = peer("foo", "w", "STRICT", {{"app", "a"}});
  const Service foo_a = service("foo", "a", {{"app", "a"}}, {{443, 8443}});
  SUBCASE("13") {
    CHECK(found({foo_a_strict, foo_a, rule("foo", "r", "a", "DISABLE")}) ==
          both("TIS0208", "PA foo/w" + kMode, "DR foo/r" + kTls));
  }
  SUBCASE("14") {
    CHECK(found({foo_a_strict, foo_a, rule("foo", "r", "a", "DISABLE"),
                 workload("foo", "a", {{"app", "a"}, {"sidecar.istio.io/inject", "false"}})})
              .empty());
  }
  SUBCASE("15") {
    PeerAuthentication policy = peer("foo", "w", "PERMISSIVE", {{"app", "a"}});
    policy.port_level = {{8443, "STRICT"}};
    CHECK(found({policy, foo_a, rule("foo", "r", "a", "DISABLE")}) ==
          both("TIS0208", "PA foo/w spec.portLevelMtls.8443.mode", "DR foo/r" + kTls));
  }
  SUBCASE("16") {
    CHECK(found({peer(root, "w", "STRICT", {{"app", "a"}}), rule(root, "r", "*.local", "DISABLE")}) ==
          Lines{"MTLS0002 warning PA istio-system/w spec.selector"});
  }
  SUBCASE("17") {
    DestinationRule empty_tls = rule("foo", "r", "a");
    empty_tls.policy = TrafficPolicy{Tls{}, {}, {}};
    CHECK(found({foo_strict, empty_tls}) ==
          Lines{"MTLS0004 warning DR foo/r spec.trafficPolicy.tls",
                "TIS0208 error DR foo/r spec.trafficPolicy.tls -> PA foo/default" + kMode,
                "TIS0208 error PA foo/default" + kMode + " -> DR foo/r spec.trafficPolicy.tls"});
  }
  SUBCASE("18") {
    DestinationRule ports = rule("foo", "r", "a", "DISABLE");
    ports.policy->ports = {{80, {}}};
    CHECK(found({foo_strict, ports}) == both("TIS0208", "PA foo/default" + kMode, "DR foo/r" + kTls));
  }
  SUBCASE("19") {
    MeshConfigSource config;
    config.meta = {"istio", root, {}};
    config.config = MeshConfig{"istio-config", {}, {}, {}};
    CHECK(found({config, peer("istio-config", "default", "DISABLE")}) ==
          Lines{"TIS0503 warning PA istio-config/default spec.mtls.mode"});
    CHECK(found({config, mesh_disable}).empty());
  }
  SUBCASE("20") {
    CHECK(found({peer("foo", "default", "DISABLE"), rule("foo", "r", "a", "ISTIO_MUTUAL")}) ==
          both("TIS0502", "PA foo/default" + kMode, "DR foo/r" + kTls));
  }
  SUBCASE("21") {
    CHECK(
        found({mesh_disable, rule(root, "r", "*.local", "DISABLE"), rule("foo", "r", "a", "ISTIO_MUTUAL")}) ==
        both("TIS0206", "PA istio-system/default" + kMode, "DR foo/r" + kTls, "warning"));
  }
  SUBCASE("22") { CHECK(found({rule("foo", "r", "api.example.com", "SIMPLE"), mesh_strict}).empty()); }
  const PeerAuthentication foo_disable = peer("foo", "default", "DISABLE");
  Service headless = service("foo", "a", {{"app", "a"}}, {{80}});
  headless.cluster_ip = "None";
  const Workload deployment = workload("foo", "a", {{"app", "a"}});
  SUBCASE("23") {
    CHECK(found({foo_disable, foo_a_strict, foo_a, deployment}) ==
          Lines{"MTLS0101 error PA foo/w spec.mtls.mode -> PA foo/default spec.mtls.mode"});
  }
  SUBCASE("24") {
    CHECK(
        found({foo_disable, foo_a_strict, foo_a, deployment, rule("foo", "r", "a", "ISTIO_MUTUAL")}).empty());
  }
  SUBCASE("25") {
    CHECK(found({peer("foo", "w", "DISABLE", {{"app", "a"}}), headless, deployment}) ==
          Lines{"MTLS0102 error PA foo/w spec.mtls.mode -> Service foo/a spec.clusterIP"});
  }
  SUBCASE("26") {
    CHECK(found({mesh_strict, rule(root, "r", "kubernetes.default.svc.cluster.local", "DISABLE")}).empty());
  }
  SUBCASE("27") {
    CHECK(found({mesh_strict, rule("foo", "r", "a", "DISABLE")}) ==
          both("TIS0208", "PA istio-system/default" + kMode, "DR foo/r" + kTls, "warning"));
  }
  SUBCASE("28") {
    CHECK(
        found({rule("bar", "r", "*", "ISTIO_MUTUAL"),
               named_namespace("legacy", {{"istio-injection", "disabled"}}),
               service("legacy", "a", {{"app", "a"}}, {{80}}), workload("legacy", "a", {{"app", "a"}})}) ==
        Lines{"MTLS0103 warning DR bar/r" + kTls + " -> Namespace /legacy metadata.labels.istio-injection"});
  }
}

}  // namespace
}  // namespace reference
