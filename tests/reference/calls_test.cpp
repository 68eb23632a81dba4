// docs/design/mtls-semantics.md, sections 5 to 7, edition 2: calls, and every finding that changed or is new.
#include "tests/reference/calls.h"

#include <doctest/doctest.h>

#include "tests/reference/test_meshes.h"

namespace reference {
namespace {

const string kExcludeInbound = "traffic.sidecar.istio.io/excludeInboundPorts";
const Labels kAppA = {{"app", "a"}};
const string kRoot = "istio-system";

Workload deployment_a() { return workload("foo", "a", kAppA); }
Service service_a(vector<ServicePort> ports = {{80}}) { return service("foo", "a", kAppA, std::move(ports)); }
PeerAuthentication foo_strict() { return peer("foo", "default", "STRICT"); }
PeerAuthentication mesh_strict() { return peer(kRoot, "default", "STRICT"); }
Namespace injected(const string& name) { return named_namespace(name, {{"istio-injection", "enabled"}}); }
Namespace outside(const string& name) { return named_namespace(name, {{"istio-injection", "disabled"}}); }

// A rule for port 80 of foo's `a` that is ISTIO_MUTUAL else.
DestinationRule hiding(const string& top, std::optional<Tls> entry = {}) {
  DestinationRule result = rule("foo", "r", "a", top);
  result.policy->ports = {{80, std::move(entry)}};
  return result;
}

TEST_CASE("section 5: Sidecars with egress") {
  const auto calls = [](vector<string> hosts, const string& ns = "bar", std::optional<Labels> selector = {}) {
    Sidecar sidecar;
    sidecar.meta = {"s", ns, {}};
    sidecar.egress = {std::move(hosts)};
    sidecar.workload_selector = std::move(selector);
    // Only clients of bar meet this rule.
    return found("TIS0208", {foo_strict(), rule("bar", "r", "a.foo.svc.cluster.local", "DISABLE"), sidecar})
               .size() == 2;
  };
  CHECK(calls({"*/*"}));
  CHECK(calls({"foo/*"}));
  CHECK(calls({"foo/a.foo.svc.cluster.local"}));
  CHECK(calls({"*/*.foo.svc.cluster.local"}));
  CHECK_FALSE(calls({"./*"}));
  CHECK_FALSE(calls({"foo/b.foo.svc.cluster.local"}));
  CHECK_FALSE(calls({"*/*", "~/*"}));
  CHECK_FALSE(calls({"*/*", "~foo/a.foo.svc.cluster.local"}));
  CHECK(calls({"*/*", "~bar/*"}));
  CHECK_FALSE(calls({"~bar/*"}));  // covers nothing
  CHECK(calls({"./*"}, "bar", kAppA));
  CHECK_FALSE(calls({"./*"}, kRoot));  // `.` is the client's own namespace
  CHECK(calls({"foo/*"}, kRoot));
  Sidecar own;
  own.meta = {"s", kRoot, {}};
  own.egress = {{"./*"}};
  CHECK(found("TIS0208", {foo_strict(), rule("foo", "r", "a", "DISABLE", {"."}), own}).size() == 2);
}

TEST_CASE("section 3.2: a selector in the root namespace applies to nothing") {
  const Service in_root = service(kRoot, "a", kAppA, {{80}});
  CHECK(found("TIS0208", {peer(kRoot, "w", "STRICT", kAppA), in_root, rule(kRoot, "r", "a", "DISABLE")})
            .empty());
}

TEST_CASE("section 5: services and ports") {
  const auto hits = [](const Service& called, const DestinationRule& by, vector<Resource> more = {}) {
    more.insert(more.end(), {foo_strict(), called, by});
    return found("TIS0208", std::move(more)).size();
  };
  DestinationRule on_443 = rule("foo", "r", "a");
  on_443.policy = TrafficPolicy{{}, {{443, Tls{"DISABLE"}}}, {}};
  CHECK(hits(service_a({{80}}), on_443) == 0);
  CHECK(hits(service_a({{443}}), on_443) == 2);
  CHECK(hits(service_a({}), on_443) == 2);  // no port declared: those of any clause
  CHECK(hits(service_a({{443, {}, {}, "UDP"}}), on_443) == 0);
  CHECK(hits(service("foo", "a", {}, {{443}}), on_443) == 0);  // no selector: nobody shows its endpoints
  Service external = service_a();
  external.type = "ExternalName";
  CHECK(hits(external, rule("foo", "r", "a", "DISABLE")) == 0);
  // A workload without the named port takes no part.
  CHECK(hits(service_a({{80, "http"}}), rule("foo", "r", "a", "DISABLE"), {deployment_a()}) == 0);
  CHECK(hits(service_a({{80, "http"}}), rule("foo", "r", "a", "DISABLE")) == 2);  // a stand-in: p is unknown
  Workload left_out = deployment_a();
  left_out.annotations = {{kExcludeInbound, "80"}};
  CHECK(hits(service_a(), rule("foo", "r", "a", "DISABLE"), {left_out}) == 0);
  left_out.annotations = {{kExcludeInbound, "81"}};
  CHECK(hits(service_a(), rule("foo", "r", "a", "DISABLE"), {left_out}) == 2);
  // "one label before the namespace"
  CHECK(hits(service("foo", "b"), rule("foo", "r", "x.a.foo.svc.cluster.local", "DISABLE")) == 0);
}

TEST_CASE("section 5: a workload policy that may be meant for an unknown workload") {
  const auto excepted = [](Labels selector, const string& mode = "PERMISSIVE", const string& host = "api") {
    return found("TIS0208", {foo_strict(), peer("foo", "w", mode, std::move(selector)),
                             rule("foo", "r", host, "DISABLE")})
        .empty();
  };
  CHECK(excepted({{"app", "api"}}));
  CHECK(excepted({{"k8s-app", "api-server"}}));
  CHECK(excepted({{"name", "ap"}}));
  CHECK(excepted({{"app.kubernetes.io/name", "api"}, {"version", "v1"}}));
  CHECK_FALSE(excepted({{"component", "api"}}));
  CHECK_FALSE(excepted({{"app", "web"}}));
  CHECK_FALSE(excepted({{"app", "api"}}, "STRICT"));
  CHECK_FALSE(excepted({{"app", "api"}}, "UNSET"));
  CHECK_FALSE(excepted({{"app", "api"}}, "PERMISSIVE", "*.foo.svc.cluster.local"));
  DestinationRule subset = rule("foo", "r", "api", "ISTIO_MUTUAL");
  subset.subsets = {{"v1", {{"component", "x"}}, TrafficPolicy{Tls{"DISABLE"}, {}, {}}}};
  CHECK(
      found("TIS0208", {foo_strict(), peer("foo", "w", "PERMISSIVE", {{"component", "x"}}), subset}).empty());
  // MTLS0005's aside
  CHECK(
      found("TIS0208", {foo_strict(), peer("foo", "a", "STRICT", {{"app", "api"}}),
                        peer("foo", "b", "PERMISSIVE", {{"app", "api"}}), rule("foo", "r", "api", "DISABLE")})
          .size() == 2);
}

TEST_CASE("section 5: sure and unsure") {
  const auto severity = [](vector<Resource> more, const string& host = "a", const string& mode = "DISABLE") {
    more.emplace_back(rule("foo", "r", host, mode));
    const Lines lines = found("TIS0208", std::move(more));
    return lines.empty() ? string("none") : lines.front().substr(8, lines.front().find(' ', 8) - 8);
  };
  CHECK(severity({mesh_strict()}) == "warning");
  CHECK(severity({mesh_strict(), service_a()}) == "warning");                                 // a stand-in
  CHECK(severity({mesh_strict(), service_a(), deployment_a()}) == "warning");                 // presumably
  CHECK(severity({mesh_strict(), service_a(), deployment_a(), injected("foo")}) == "error");  // sure
  CHECK(severity({mesh_strict(), service_a(), injected("foo")}) == "warning");                // a stand-in
  CHECK(severity({foo_strict()}) == "error");
  CHECK(severity({foo_strict(), service_a(), deployment_a()}) == "error");
  CHECK(severity({mesh_strict()}, "*.foo.svc.cluster.local") == "error");  // a wildcard
  CHECK(severity({mesh_strict()}, "a", "SIMPLE") == "hint");
  CHECK(severity({foo_strict()}, "a", "SIMPLE") == "hint");
  CHECK(severity({foo_strict(), service_a()}, "a", "SIMPLE") == "error");
  CHECK(severity({foo_strict()}, "*.foo.svc.cluster.local", "SIMPLE") == "error");
  CHECK(severity({mesh_strict(), service_a(), deployment_a(), outside("foo")}) == "none");
  // "A place has the gravest severity of its conflicts."
  const Lines lines = found("TIS0208", {mesh_strict(), rule("foo", "r", "a", "DISABLE"),
                                        rule("foo", "s", "*.foo.svc.cluster.local", "DISABLE")});
  CHECK(lines ==
        Lines{"TIS0208 error DR foo/s" + kTls + " -> PA istio-system/default" + kMode,
              "TIS0208 error PA istio-system/default" + kMode + " -> DR foo/r" + kTls + ", DR foo/s" + kTls,
              "TIS0208 warning DR foo/r" + kTls + " -> PA istio-system/default" + kMode});
}

TEST_CASE("hidden clauses") {
  const PeerAuthentication disable = peer("foo", "w", "DISABLE", kAppA);
  const PeerAuthentication strict = peer("foo", "w", "STRICT", kAppA);
  // ISTIO_MUTUAL is sent to each workload with a sidecar, whatever its mode
  CHECK(found({disable, service_a(), hiding("ISTIO_MUTUAL")}) ==
        both("TIS0502", "DR foo/r" + kTls, "PA foo/w" + kMode));
  CHECK(found({strict, service_a(), hiding("ISTIO_MUTUAL")}).empty());
  // the rest is plaintext
  CHECK(found({strict, service_a(), hiding("DISABLE")}) ==
        both("TIS0208", "DR foo/r" + kTls, "PA foo/w" + kMode));
  DestinationRule mutual = hiding("MUTUAL");
  mutual.policy->tls->credential_name = true;
  CHECK(found({strict, service_a(), mutual}) == both("TIS0208", "DR foo/r" + kTls, "PA foo/w" + kMode));
  // where the namespace is DISABLE, ISTIO_MUTUAL too
  const PeerAuthentication foo_disable = peer("foo", "default", "DISABLE");
  CHECK(found({foo_disable, strict, service_a(), hiding("ISTIO_MUTUAL")}) ==
        Lines{"MTLS0101 error PA foo/w spec.mtls.mode -> PA foo/default spec.mtls.mode"});
  CHECK(found({foo_disable, strict, service_a(), hiding("DISABLE")}) ==
        both("TIS0208", "DR foo/r" + kTls, "PA foo/w" + kMode));
  // a headless service does not look at what is hidden
  Service headless = service_a();
  headless.cluster_ip = "None";
  CHECK(found({strict, headless, hiding("DISABLE")}).empty());
}

TEST_CASE("MTLS0101") {
  PeerAuthentication port = peer("foo", "w", "UNSET", kAppA);
  port.port_level = {{80, "STRICT"}};
  CHECK(found({peer(kRoot, "m", "DISABLE"), rule(kRoot, "d", "*.nowhere.svc.cluster.local", "DISABLE"),
               rule(kRoot, "e", "*.cluster.local"), port, service_a()}) ==
        Lines{"MTLS0101 error PA foo/w spec.portLevelMtls.80.mode -> PA istio-system/m spec.mtls.mode",
              "TIS0503 warning PA istio-system/m spec.mtls.mode"});
  CHECK(found("MTLS0101", {peer("foo", "m", "PERMISSIVE"), port, service_a()}).empty());
}

TEST_CASE("MTLS0102") {
  Service headless = service_a();
  headless.cluster_ip = "None";
  const PeerAuthentication strict = peer("foo", "w", "STRICT", kAppA);
  const string on_strict = "MTLS0102 error PA foo/w spec.mtls.mode -> ";
  Workload without = workload("foo", "x", {{"app", "a"}, {"sidecar.istio.io/inject", "false"}});
  CHECK(found({strict, headless, deployment_a()}).empty());
  CHECK(found({strict, headless, deployment_a(), without}) ==
        Lines{on_strict + "Deployment foo/x spec.template.metadata.labels[\"sidecar.istio.io/inject\"], "
                          "Service foo/a spec.clusterIP"});
  without.labels = {{"app", "a"}, {"inject.istio.io/templates", "gateway"}};
  CHECK(found({strict, headless, deployment_a(), without}).empty());
  // PASSTHROUGH makes it headless as well
  DestinationRule passthrough = rule("foo", "r", "a");
  passthrough.policy = TrafficPolicy{{}, {}, "PASSTHROUGH"};
  const PeerAuthentication disable = peer("foo", "w", "DISABLE", kAppA);
  CHECK(found({disable, service_a(), passthrough}) ==
        Lines{"MTLS0102 error PA foo/w spec.mtls.mode -> DR foo/r spec.trafficPolicy.loadBalancer"});
  CHECK(found({disable, service_a()}).empty());
  // a DISABLE namespace sends plaintext: MTLS0101
  CHECK(found({peer("foo", "default", "DISABLE"), strict, headless}).size() == 1);
  CHECK(found("MTLS0101", {peer("foo", "default", "DISABLE"), strict, headless}).size() == 1);
}

TEST_CASE("MTLS0103") {
  const auto severity = [](const string& host, const string& mode, vector<Resource> more) {
    more.insert(more.end(), {service_a(), rule("foo", "r", host, mode)});
    const Lines lines = found("MTLS0103", std::move(more));
    return lines.empty() ? string("none") : lines.front().substr(9, lines.front().find(' ', 9) - 9);
  };
  CHECK(severity("a", "ISTIO_MUTUAL", {deployment_a(), outside("foo")}) == "error");
  CHECK(severity("a", "MUTUAL", {deployment_a(), outside("foo")}) == "none");
  CHECK(severity("*.foo.svc.cluster.local", "MUTUAL", {deployment_a(), outside("foo")}) == "warning");
  CHECK(severity("a", "ISTIO_MUTUAL", {deployment_a(), named_namespace("foo"), injected("bar")}) ==
        "warning");
  CHECK(severity("a", "ISTIO_MUTUAL", {outside("foo")}) == "none");  // no known workload
  CHECK(severity("a", "ISTIO_MUTUAL", {deployment_a()}) == "none");
  CHECK(severity("a", "DISABLE", {deployment_a(), outside("foo")}) == "none");
  // the API server
  CHECK(severity("*", "ISTIO_MUTUAL", {}) == "hint");
  CHECK(severity("*.local", "MUTUAL", {}) == "hint");
  CHECK(severity("*.foo.svc.cluster.local", "MUTUAL", {}) == "none");
  CHECK(severity("kubernetes.default.svc.cluster.local", "ISTIO_MUTUAL", {}) == "none");
  // found at step 2, in the namespace of the API server
  CHECK(found("MTLS0103", {rule("default", "r", "*.local", "ISTIO_MUTUAL", {"bar"})}).empty());
  CHECK(found("MTLS0103", {rule("default", "r", "*.local", "ISTIO_MUTUAL")}).size() == 1);
  CHECK(found("MTLS0103",
              {rule(kRoot, "r", "*.local", "ISTIO_MUTUAL"), rule("default", "k", "kubernetes", "DISABLE")})
            .empty());
}

TEST_CASE("MTLS0104") {
  Workload left_out = deployment_a();
  left_out.annotations = {{kExcludeInbound, "80"}};
  const string on =
      "MTLS0104 warning Deployment foo/a spec.template.metadata.annotations[\"" + kExcludeInbound + "\"]";
  const auto lines = [&](vector<Resource> more) {
    more.insert(more.end(), {left_out, service_a()});
    return found("MTLS0104", std::move(more));
  };
  CHECK(lines({}) == Lines{on});
  CHECK(lines({foo_strict()}) == Lines{on + " -> PA foo/default" + kMode});
  CHECK(lines({foo_strict(), rule("foo", "r", "a", "ISTIO_MUTUAL")}) == Lines{on + " -> DR foo/r" + kTls});
  CHECK(lines({rule("foo", "r", "a", "DISABLE")}).empty());
  CHECK(lines({peer("foo", "default", "DISABLE")}).empty());
  CHECK(lines({peer("foo", "w", "DISABLE", kAppA)}).empty());
  Service headless = service_a();
  headless.cluster_ip = "None";
  CHECK(found("MTLS0104", {left_out, headless}).size() == 1);
  CHECK(found("MTLS0104", {left_out, headless, peer("foo", "w", "DISABLE", kAppA)}).empty());
  CHECK(lines({workload("foo", "b", kAppA)}).empty());  // one that takes it
  Workload client = workload("bar", "c", {});
  client.annotations = {{"traffic.sidecar.istio.io/excludeOutboundPorts", "9, 80"}};
  CHECK(lines({client}).empty());
  left_out.annotations["prometheus.io/port"] = "80";
  CHECK(lines({}).empty());
  left_out.annotations.erase("prometheus.io/port");
  ApiServerCaller webhook;
  webhook.meta.name = "w";
  webhook.services = {ServiceRef{"foo", "a", 80}};
  CHECK(lines({webhook}).empty());
  webhook.services = {ServiceRef{"foo", "b", 80}};
  CHECK(lines({webhook}) == Lines{on});
  Monitor monitor;
  monitor.kind = "PodMonitor";
  monitor.meta = {"m", "foo", {}};
  monitor.selector = kAppA;
  monitor.endpoints = {{{}, 80}};
  CHECK(lines({monitor}).empty());
}

TEST_CASE("MTLS0105") {
  const auto hits = [](ServicePort port, const string& mode = "SIMPLE", vector<Resource> more = {}) {
    more.insert(more.end(), {service_a({std::move(port)}), rule("foo", "r", "a", mode)});
    return found("MTLS0105", std::move(more));
  };
  const string on = "MTLS0105 warning DR foo/r" + kTls + " -> Service foo/a spec.ports[0].";
  CHECK(hits({80, {}, "http"}) == Lines{on + "name"});
  CHECK(hits({80, {}, "GRPC-x"}) == Lines{on + "name"});
  CHECK(hits({80, {}, "grpc-web"}) == Lines{on + "name"});
  CHECK(hits({80, {}, "https"}).empty());
  CHECK(hits({80, {}, "http", {}, "tcp"}).empty());
  CHECK(hits({80, {}, "tcp", {}, "kubernetes.io/WS"}) == Lines{on + "appProtocol"});
  CHECK(hits({80, {}, {}}).empty());
  CHECK(hits({80, {}, "http"}, "MUTUAL") == Lines{on + "name"});
  CHECK(hits({80, {}, "http"}, "ISTIO_MUTUAL").empty());
  CHECK(hits({80, {}, "http"}, "SIMPLE", {foo_strict()}).empty());
  CHECK(hits({80, {}, "http"}, "SIMPLE", {peer("foo", "p", "DISABLE")}) == Lines{on + "name"});
  CHECK(hits({80, {}, "http"}, "SIMPLE", {deployment_a(), outside("foo")}).empty());
}

// A Service over one workload with a sidecar and the port named http, 8080, STRICT.
vector<Resource> refusing() {
  Workload pod = deployment_a();
  pod.containers = {{{{"http", 8080}}}};
  return {foo_strict(), service_a({{443, "http", "web"}}), pod, injected("foo")};
}

Lines refused(const string& code, const Resource& caller, vector<Resource> instead = refusing()) {
  instead.push_back(caller);
  return found(code, std::move(instead));
}

TEST_CASE("MTLS0201") {
  const string mode = " -> PA foo/default" + kMode;
  ApiServerCaller caller;
  caller.meta.name = "w";
  caller.services = {std::nullopt, ServiceRef{"foo", "a", {}}};
  CHECK(refused("MTLS0201", caller) ==
        Lines{"MTLS0201 error ValidatingWebhookConfiguration /w webhooks[1].clientConfig.service" + mode});
  caller.services = {ServiceRef{"foo", "a", 80}};  // no such port
  CHECK(refused("MTLS0201", caller).empty());
  caller.kind = "APIService";
  caller.services = {ServiceRef{"foo", "a", 443}};
  CHECK(refused("MTLS0201", caller) == Lines{"MTLS0201 error APIService /w spec.service" + mode});
  caller.kind = "CustomResourceDefinition";
  CHECK(refused("MTLS0201", caller) ==
        Lines{"MTLS0201 error CustomResourceDefinition /w spec.conversion.webhook.clientConfig.service" +
              mode});
  // one that does not refuse, no known one, a presumed one under the mesh policy
  vector<Resource> mesh_of = refusing();
  mesh_of.emplace_back(workload("foo", "b", {{"app", "a"}, {"inject.istio.io/templates", "gateway"}}));
  CHECK(refused("MTLS0201", caller, mesh_of).size() == 1);  // it has no port of that name
  mesh_of = {foo_strict(), service_a({{443}}), deployment_a(), injected("foo"),
             workload("foo", "b", {{"app", "a"}, {"inject.istio.io/templates", "gateway"}})};
  CHECK(refused("MTLS0201", caller, mesh_of).empty());
  CHECK(refused("MTLS0201", caller, {foo_strict(), service_a({{443}})}).empty());
  CHECK(refused("MTLS0201", caller, {foo_strict(), service_a({{443}}), deployment_a()}).size() == 1);
  CHECK(refused("MTLS0201", caller, {mesh_strict(), service_a({{443}}), deployment_a()}).empty());
  CHECK(refused("MTLS0201", caller, {mesh_strict(), service_a({{443}}), deployment_a(), injected("foo")})
            .size() == 1);
}

TEST_CASE("MTLS0202") {
  Monitor monitor;
  monitor.meta = {"m", "foo", {}};
  monitor.endpoints = {{"web"}};
  const auto lines = [&](vector<Resource> more = {}) {
    vector<Resource> all = refusing();
    all.insert(all.end(), more.begin(), more.end());
    return refused("MTLS0202", monitor, all);
  };
  const string mode = " -> PA foo/default" + kMode;
  CHECK(lines() == Lines{"MTLS0202 warning ServiceMonitor foo/m spec.endpoints[0].port" + mode});
  monitor.selector = {{"team", "x"}};
  CHECK(lines().empty());
  monitor.selector = {};
  monitor.meta.ns = "bar";
  CHECK(lines().empty());
  monitor.match_names = {"foo"};
  CHECK(lines().size() == 1);
  monitor.endpoints = {{{}, "http"}};
  CHECK(lines() == Lines{"MTLS0202 warning ServiceMonitor bar/m spec.endpoints[0].targetPort" + mode});
  monitor.endpoints = {{{}, 15020}};
  CHECK(lines().empty());
  monitor.endpoints = {{"web", {}, "https"}};
  CHECK(lines().empty());
  monitor.endpoints = {{"web", {}, "http", true}};
  CHECK(lines().empty());
  monitor.endpoints = {{"web", {}, "http"}};
  CHECK(
      lines({workload("m", "p", {{"name", "prometheus"}, {"istio.io/dataplane-mode", "ambient"}})}).empty());
  CHECK(lines({workload("m", "p", {{"name", "prometheus"}})}).size() == 1);
  monitor.kind = "PodMonitor";
  monitor.selector = kAppA;
  CHECK(lines().empty());  // names the Service's port
  monitor.endpoints = {{"http"}};
  CHECK(lines() == Lines{"MTLS0202 warning PodMonitor bar/m spec.podMetricsEndpoints[0].port" + mode});
}

TEST_CASE("MTLS0203") {
  Workload pod = workload("foo", "p", {});
  pod.kind = "Pod";
  pod.annotations = {{"sidecar.istio.io/rewriteAppHTTPProbers", "false"}};
  pod.containers = {{{{"http", 8080}},
                     {{"livenessProbe", "httpGet", "http"},
                      {"readinessProbe", "grpc", 9000},
                      {"startupProbe", "tcpSocket", 8080}}}};
  const string mode = " -> PA foo/default" + kMode;
  CHECK(found("MTLS0203", {pod, foo_strict()}) ==
        Lines{"MTLS0203 error Pod foo/p spec.containers[0].livenessProbe.httpGet.port" + mode,
              "MTLS0203 error Pod foo/p spec.containers[0].readinessProbe.grpc.port" + mode});
  pod.annotations[kExcludeInbound] = "8080,9000";
  CHECK(found("MTLS0203", {pod, foo_strict()}).empty());
  pod.annotations = {};
  CHECK(found("MTLS0203", {pod, foo_strict()}).empty());
  MeshConfigSource source;
  source.kind = "IstioOperator";
  source.meta = {"i", kRoot, {}};
  source.rewrite_probes = false;
  CHECK(found("MTLS0203", {pod, foo_strict(), source}).size() == 2);
  pod.annotations = {{"sidecar.istio.io/rewriteAppHTTPProbers", "true"}};
  CHECK(found("MTLS0203", {pod, foo_strict(), source}).empty());
}

TEST_CASE("MTLS0204") {
  Ingress ingress;
  ingress.meta = {"i", "foo", {}};
  ingress.class_name = "alb";
  ingress.default_backend = IngressBackend{"a", 443};
  ingress.backends = {{"other", 443}, {"a", "web"}};
  const string mode = " -> PA foo/default" + kMode;
  const Lines both_backends = {
      "MTLS0204 error Ingress foo/i spec.defaultBackend.service.name" + mode,
      "MTLS0204 error Ingress foo/i spec.rules[1].http.paths[0].backend.service.name" + mode};
  CHECK(refused("MTLS0204", ingress) == both_backends);
  ingress.class_name = "nginx";
  CHECK(refused("MTLS0204", ingress).empty());
  ingress.class_name.reset();
  ingress.class_annotation = "gce-internal";
  CHECK(refused("MTLS0204", ingress) == both_backends);
}

TEST_CASE("MTLS0205") {
  Workload job = workload("bar", "j", {{"sidecar.istio.io/inject", "false"}});
  job.kind = "CronJob";
  const auto says = [&](const string& text) {
    job.containers = {{}};
    job.containers[0].env = {{"URL", text}};
    return !refused("MTLS0205", job).empty();
  };
  CHECK(says("https://a.foo"));
  CHECK(says("http://a.foo.svc:443/x"));
  CHECK(says("--url=http://a.foo.svc.cluster.local:443/x"));
  CHECK(says("a.foo:443"));
  CHECK(says("postgres://user:pass@a.foo.svc:443/db"));
  CHECK_FALSE(says("http://a.foo"));  // port 80
  CHECK_FALSE(says("a.foo"));
  CHECK_FALSE(says("https://a"));
  CHECK_FALSE(says("https://a.foo.example.com"));
  CHECK_FALSE(says("https://b.foo"));
  const string mode = " -> PA foo/default" + kMode;
  const string container =
      "MTLS0205 warning CronJob bar/j spec.jobTemplate.spec.template.spec.containers[0].";
  job.containers = {{}};
  job.containers[0].args = {"x", "https://a.foo"};
  job.containers[0].command = {"a.foo:443"};
  job.containers[0].env = {{"A", {}, {{"c", "u"}}}};
  ConfigMap config_map;
  config_map.meta = {"c", "bar", {}};
  config_map.data = {{"u", "https://a.foo"}, {"v.x", "https://a.foo"}};
  vector<Resource> all = refusing();
  all.emplace_back(config_map);
  CHECK(refused("MTLS0205", job, all) == Lines{"MTLS0205 warning ConfigMap bar/c data.u" + mode,
                                               container + "args[1]" + mode,
                                               container + "command[0]" + mode});
  job.containers = {{}};
  job.containers[0].env_from = {"c"};
  CHECK(refused("MTLS0205", job, all) == Lines{"MTLS0205 warning ConfigMap bar/c data.u" + mode,
                                               "MTLS0205 warning ConfigMap bar/c data[\"v.x\"]" + mode});
  job.labels.clear();
  CHECK(refused("MTLS0205", job, all).empty());
  all.emplace_back(named_namespace("bar"));  // outside, presumably
  CHECK(refused("MTLS0205", job, all).empty());
}

TEST_CASE("TIS0003") {
  const auto near_to = [](Labels selector, Labels labels) {
    const Lines lines = found("TIS0003", {peer("foo", "w", "STRICT", std::move(selector)),
                                          workload("foo", "x", std::move(labels))});
    return lines.empty() ? string("none") : lines.front().substr(8, lines.front().find(' ', 8) - 8);
  };
  CHECK(near_to({{"app", "catalgo"}}, {{"app", "catalog"}}) == "warning");
  CHECK(near_to({{"app", "catalog"}}, {{"app", "catalog"}}) == "none");
  CHECK(near_to({{"app", "abc"}}, {{"app", "abd"}}) == "hint");
  CHECK(near_to({{"app", "worker1"}}, {{"app", "worker2"}}) == "hint");
  CHECK(near_to({{"app", "cache-a"}}, {{"app", "cache-b"}}) == "hint");
  CHECK(near_to({{"app", "cache-ab"}}, {{"app", "cache-ac"}}) == "warning");
  CHECK(near_to({{"app", "catalgo"}, {"v", "1"}}, {{"app", "catalog"}}) == "hint");
  CHECK(near_to({{"app", "catalgo"}, {"v", "1"}}, {{"app", "catalog"}, {"v", "1"}}) == "warning");
  CHECK(near_to({{"app", "a"}}, {{"k8s-app", "a"}}) == "warning");
  CHECK(near_to({{"component", "a"}}, {{"app", "a"}}) == "hint");
  CHECK(found("TIS0003", {peer("foo", "w", "STRICT", kAppA)}).empty());
}

TEST_CASE("TIS0104, where no identity ever arrives") {
  AuthorizationPolicy policy;
  policy.meta = {"ap", "foo", {}};
  policy.selector = kAppA;
  policy.rules = {{{{{{"principals", {"x"}}}}}, {}}};
  const Lines alone = {"TIS0104 error AP foo/ap spec.rules[0].from[0].source.principals"};
  CHECK(found("TIS0104", {policy, service_a(), rule("foo", "r", "a", "DISABLE")}) == alone);
  CHECK(found("TIS0104", {policy, service_a(), rule("foo", "r", "a", "SIMPLE")}) == alone);
  CHECK(found("TIS0104", {policy, service_a(), rule("foo", "r", "a", "DISABLE", {"."})}).empty());
  CHECK(found("TIS0104", {policy, service_a(), rule("foo", "r", "a", "MUTUAL")}).empty());
  CHECK(found("TIS0104", {policy, rule("foo", "r", "a", "DISABLE")}).empty());  // no Service document
  policy.target_refs = true;
  CHECK(found("TIS0104", {policy, service_a(), rule("foo", "r", "a", "DISABLE")}).empty());
}

TEST_CASE("TIS0205, also of a rule with workloadSelector") {
  DestinationRule selecting = rule("foo", "r", "*.local", "ISTIO_MUTUAL");
  selecting.workload_selector = kAppA;
  MeshModel model = mesh({selecting});
  model.settings.enable_auto_mtls = false;
  CHECK(found("TIS0205", model).size() == 1);
}

TEST_CASE("MTLS0007") {
  const auto refused_tls = [](const Tls& tls) {
    DestinationRule result = rule("foo", "r", "api.example.com");
    result.policy = TrafficPolicy{tls, {}, {}};
    return found("MTLS0007", {result}) == Lines{"MTLS0007 error DR foo/r" + kTls};
  };
  CHECK(refused_tls({"MUTUAL"}));
  CHECK(refused_tls({"MUTUAL", false, true, false}));
  CHECK(refused_tls({"MUTUAL", false, false, true}));
  CHECK_FALSE(refused_tls({"MUTUAL", false, true, true}));
  CHECK_FALSE(refused_tls({"MUTUAL", true}));
  CHECK_FALSE(refused_tls({"SIMPLE"}));
}

TEST_CASE("MTLS0008") {
  PeerAuthentication policy = peer("foo", "w", "STRICT", kAppA);
  policy.port_level = {{80, "PERMISSIVE"}};
  const Lines on = {"MTLS0008 warning PA foo/w spec.portLevelMtls.80 -> Service foo/a spec.ports[0].port"};
  CHECK(found("MTLS0008", {policy, deployment_a(), service_a({{80, 8080}})}) == on);
  CHECK(found("MTLS0008", {policy, service_a({{80, 8080}})}).empty());  // no known workload
  CHECK(found("MTLS0008", {policy, deployment_a(), service_a({{80}})}).empty());
  CHECK(found("MTLS0008", {policy, deployment_a(), service_a({{80, 8080}, {81, 80}})}).empty());
  Workload pod = deployment_a();
  pod.containers = {{{{"http", 8080}}}};
  CHECK(found("MTLS0008", {policy, pod, service_a({{80, "http"}})}) == on);
  pod.containers[0].ports.push_back({{}, 80});
  CHECK(found("MTLS0008", {policy, pod, service_a({{80, "http"}})}).empty());
}

TEST_CASE("MTLS0009") {
  const Workload ambient = workload("foo", "w", {{"istio.io/dataplane-mode", "ambient"}});
  CHECK(found({ambient, peer("foo", "p", "DISABLE")}) == Lines{"MTLS0009 information PA foo/p" + kMode});
  CHECK(found({ambient, peer("foo", "p", "PERMISSIVE")}).empty());
}

TEST_CASE("MTLS0012") {
  const auto lines = [](const string& host, vector<Resource> more = {}) {
    more.emplace_back(rule("foo", "r", host));
    return found("MTLS0012", std::move(more));
  };
  CHECK(lines("a.foo.svc.other.example") == Lines{"MTLS0012 warning DR foo/r spec.host"});
  CHECK(lines("a.bar.svc.other.example").empty());
  CHECK(lines("a.foo.svc.cluster.local").empty());
  CHECK(lines("a.foo.svc").empty());
  CHECK(lines("x.a.foo.svc.other.example").empty());
  ServiceEntry entry;
  entry.meta = {"e", "foo", {}};
  entry.hosts = {"a.foo.svc.other.example"};
  CHECK(lines("a.foo.svc.other.example", {entry}).empty());
}

TEST_CASE("MTLS0013") {
  const auto lines = [](const DestinationRule& by, vector<Resource> more) {
    more.emplace_back(by);
    return found("MTLS0013", std::move(more));
  };
  const DestinationRule foreign = rule("bar", "r", "a.foo.svc.cluster.local", "ISTIO_MUTUAL");
  const Workload elsewhere = deployment_a();
  CHECK(lines(foreign, {elsewhere}) == Lines{"MTLS0013 information DR bar/r spec.host"});
  CHECK(lines(foreign, {}).empty());
  CHECK(lines(foreign, {elsewhere, workload("bar", "c", {})}).empty());
  CHECK(lines(foreign, {elsewhere, workload("bar", "c", {{"sidecar.istio.io/inject", "false"}})}).size() ==
        1);
  CHECK(
      lines(foreign, {elsewhere, workload("bar", "g", {{"inject.istio.io/templates", "gateway"}})}).empty());
  CHECK(lines(rule("bar", "r", "a.foo.svc.cluster.local"), {elsewhere}).empty());
  CHECK(lines(rule("bar", "r", "a", "ISTIO_MUTUAL"), {elsewhere}).empty());
  CHECK(lines(rule(kRoot, "r", "a.foo.svc.cluster.local", "DISABLE"), {elsewhere}).empty());
}

TEST_CASE("MTLS0014") {
  Workload pod = deployment_a();
  const auto lines = [&](vector<Resource> more = {}) {
    more.emplace_back(pod);
    return found("MTLS0014", std::move(more));
  };
  pod.own_labels = {{"sidecar.istio.io/inject", "true"}, {"app", "b"}};
  CHECK(lines().empty());
  CHECK(lines({outside("foo")}) ==
        Lines{"MTLS0014 warning Deployment foo/a metadata.labels[\"sidecar.istio.io/inject\"]"});
  pod.own_labels = {{"sidecar.istio.io/inject", "false"}};
  CHECK(lines().size() == 1);
  CHECK(lines({outside("foo")}).empty());
  pod.annotations = {{"sidecar.istio.io/inject", "true"}};
  CHECK(lines().empty());
  pod.own_labels.clear();
  pod.own_annotations = {{kExcludeInbound, "80"}};
  CHECK(lines() ==
        Lines{"MTLS0014 warning Deployment foo/a metadata.annotations[\"" + kExcludeInbound + "\"]"});
  pod.annotations = {{kExcludeInbound, "81"}};
  CHECK(lines().empty());
}

TEST_CASE("MTLS0015") {
  const auto refused_set = [](vector<string> export_to) {
    return !found("MTLS0015", {rule("foo", "r", "a", "DISABLE", std::move(export_to))}).empty();
  };
  CHECK(refused_set({"bar", "bar"}));
  CHECK(refused_set({".", "foo"}));
  CHECK(refused_set({"*", "bar"}));
  CHECK(refused_set({"~"}));
  CHECK_FALSE(refused_set({"*"}));
  CHECK_FALSE(refused_set({".", "bar"}));
  // it never takes effect
  CHECK(found({foo_strict(), rule("foo", "r", "a", "DISABLE", {"~"})}) ==
        Lines{"MTLS0015 error DR foo/r spec.exportTo"});
}

}  // namespace
}  // namespace reference
