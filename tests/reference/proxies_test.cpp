// docs/design/mtls-semantics.md, sections 2, 3 and 4 (hosts, visibility), rule by rule.
#include <doctest/doctest.h>

#include "tests/reference/calls.h"
#include "tests/reference/test_meshes.h"

namespace reference {
namespace {

const string kInject = "sidecar.istio.io/inject";
const string kRevision = "istio.io/rev";
const string kInjection = "istio-injection";
const string kDataplane = "istio.io/dataplane-mode";
const string kExcludeInbound = "traffic.sidecar.istio.io/excludeInboundPorts";
const string kIncludeInbound = "traffic.sidecar.istio.io/includeInboundPorts";

string verdict_of(const Workload& pod, vector<Resource> more = {}) {
  more.emplace_back(pod);
  const MeshModel model = mesh(std::move(more));
  const Mesh read(model);
  const ProxyVerdict& verdict = read.proxies.workloads().back().verdict;
  string text = "sidecar";
  if (verdict.proxy == Proxy::Gateway) text = "gateway";
  if (verdict.proxy == Proxy::Ambient) text = "ambient";
  if (verdict.proxy == Proxy::Outside) text = "outside";
  if (verdict.presumed) text += ", presumably";
  if (verdict.because) text += " by " + verdict.because->kind + " " + verdict.because->path;
  return text;
}

TEST_CASE("section 3.1: who has a sidecar") {
  const string pod_label = "Deployment spec.template.metadata.labels[\"sidecar.istio.io/inject\"]";
  const string pod_annotation = "Deployment spec.template.metadata.annotations[\"sidecar.istio.io/inject\"]";
  const string ambient_label = "Deployment spec.template.metadata.labels[\"istio.io/dataplane-mode\"]";
  const string ambient_namespace = "Namespace metadata.labels[\"istio.io/dataplane-mode\"]";
  const string disabled = "Namespace metadata.labels.istio-injection";
  struct Row {
    std::optional<Labels> ns;
    Labels labels;
    Labels annotations;
    string expected;
  };
  const vector<Row> rows = {
      {{}, {}, {}, "sidecar, presumably"},
      {{{}}, {}, {}, "sidecar, presumably"},
      {{{{kInjection, "enabled"}}}, {}, {}, "sidecar"},
      {{{{kRevision, "x"}}}, {}, {}, "sidecar"},
      {{{{kInjection, "disabled"}, {kRevision, "x"}}}, {}, {}, "outside by " + disabled},
      {{{{kInjection, "enabled"}}}, {{kInject, "false"}}, {}, "outside by " + pod_label},
      {{{{kInjection, "enabled"}}}, {}, {{kInject, "false"}}, "outside by " + pod_annotation},
      // the label before the annotation
      {{{{kInjection, "enabled"}}}, {{kInject, "true"}}, {{kInject, "false"}}, "sidecar"},
      {{{{kInjection, "enabled"}}}, {{kInject, "false"}}, {{kInject, "true"}}, "outside by " + pod_label},
      {{}, {{kInject, "true"}}, {}, "sidecar"},
      {{}, {{kRevision, "x"}}, {}, "sidecar"},
      {{}, {{kRevision, "x"}}, {{kInject, "false"}}, "outside by " + pod_annotation},
      {{}, {}, {{kInject, "true"}}, "sidecar, presumably"},
      {{{{kInjection, "disabled"}}}, {{kInject, "true"}}, {}, "outside by " + disabled},
      {{}, {{kDataplane, "ambient"}}, {}, "ambient by " + ambient_label},
      {{{{kDataplane, "ambient"}}}, {}, {}, "ambient by " + ambient_namespace},
      {{{{kDataplane, "ambient"}}}, {{kDataplane, "none"}}, {}, "outside by " + ambient_label},
      {{{{kDataplane, "ambient"}}}, {{kInject, "true"}}, {}, "sidecar"},
      {{{{kDataplane, "ambient"}}}, {{kInject, "false"}}, {}, "ambient by " + ambient_namespace},
      {{{{kDataplane, "ambient"}, {kInjection, "enabled"}}}, {}, {}, "sidecar"},
      {{}, {{"inject.istio.io/templates", "gateway"}}, {}, "gateway"},
      {{}, {}, {{"inject.istio.io/templates", "x,gateway"}}, "gateway"},
      {{}, {{"inject.istio.io/templates", "sidecar"}}, {}, "sidecar, presumably"},
  };
  for (const Row& row : rows) {
    Workload pod = workload("foo", "w", row.labels);
    pod.annotations = row.annotations;
    vector<Resource> more;
    if (row.ns) more.emplace_back(named_namespace("foo", *row.ns));
    CHECK(verdict_of(pod, std::move(more)) == row.expected);
  }
}

TEST_CASE("section 3.1: presumptions, gateways, entries and system namespaces") {
  const Workload pod = workload("foo", "w", {{"app", "a"}});
  const Namespace plain = named_namespace("foo");
  const Namespace on = named_namespace("bar", {{kInjection, "enabled"}});
  CHECK(verdict_of(pod, {plain, on}) == "outside, presumably by Namespace metadata.name");
  CHECK(verdict_of(pod, {on}) == "sidecar, presumably");
  CHECK(verdict_of(pod, {plain, named_namespace("bar", {{kRevision, "x"}})}) ==
        "outside, presumably by Namespace metadata.name");
  CHECK(verdict_of(pod, {plain, named_namespace("bar", {{kInjection, "disabled"}})}) ==
        "sidecar, presumably");
  CHECK(verdict_of(pod, {plain, on, peer("foo", "p", "STRICT")}) == "sidecar, presumably");
  // "the root namespace's are the mesh's"
  Workload in_root = pod;
  in_root.meta.ns = "istio-system";
  CHECK(verdict_of(in_root, {named_namespace("istio-system"), on, peer("istio-system", "p", "STRICT")}) ==
        "outside, presumably by Namespace metadata.name");

  Workload on_host = pod;
  on_host.host_network = true;
  CHECK(verdict_of(on_host, {named_namespace("foo", {{kInjection, "enabled"}})}) ==
        "outside by Deployment spec.template.spec.hostNetwork");
  on_host.kind = "CronJob";
  CHECK(verdict_of(on_host) == "outside by CronJob spec.jobTemplate.spec.template.spec.hostNetwork");

  Workload system = pod;
  system.meta.ns = "kube-system";
  CHECK(verdict_of(system, {named_namespace("kube-system", {{kInjection, "enabled"}})}) == "outside");

  Gateway gateway;
  gateway.meta = {"g", "bar", {}};
  CHECK(verdict_of(pod, {gateway}) == "sidecar, presumably");
  gateway.selector = {{"app", "a"}};
  CHECK(verdict_of(pod, {gateway}) == "gateway");
  CHECK(verdict_of(on_host, {gateway}) == "gateway");

  Workload entry = pod;
  entry.kind = "WorkloadEntry";
  CHECK(verdict_of(entry, {named_namespace("foo", {{kInjection, "disabled"}})}) == "sidecar");
  entry.kind = "WorkloadGroup";
  CHECK(verdict_of(entry) == "sidecar");
}

TEST_CASE("section 3.1: labels that injection adds, and those of entries") {
  Workload pod = workload("foo", "w", {});
  const auto labels_of = [](const Workload& value) {
    const MeshModel model = mesh({value});
    return Mesh(model).proxies.workloads().front().labels;
  };
  const string canonical = "service.istio.io/canonical-name";
  CHECK(labels_of(pod) == Labels{{"security.istio.io/tlsMode", "istio"}, {canonical, "w"}});
  pod.labels["app"] = "a";
  CHECK(labels_of(pod).at(canonical) == "a");
  pod.labels["app.kubernetes.io/name"] = "n";
  CHECK(labels_of(pod).at(canonical) == "n");
  pod.labels[canonical] = "c";
  CHECK(labels_of(pod).at(canonical) == "c");
  pod.labels = {{kInject, "false"}};
  CHECK(labels_of(pod) == pod.labels);

  Workload entry = workload("foo", "e", {{"app", "meta"}});
  entry.kind = "WorkloadEntry";
  entry.entry_labels = {{"app", "spec"}, {"version", "v1"}};
  CHECK(labels_of(entry).at("app") == "meta");
  CHECK(labels_of(entry).at("version") == "v1");

  // The policy of case 23 selects whatever has a sidecar, stand-ins too.
  const PeerAuthentication injected = peer("foo", "p", "STRICT", {{"security.istio.io/tlsMode", "istio"}});
  CHECK(found({injected, rule("foo", "r", "a", "DISABLE"), service("foo", "a", {{"app", "a"}})}).size() == 2);
  CHECK(found({injected, rule("foo", "r", "a", "DISABLE")}).size() == 2);
}

TEST_CASE("section 3.1: ports that the proxy takes") {
  Workload pod = workload("foo", "w", {{"app", "a"}});
  const auto takes = [&](std::optional<int> port) {
    const MeshModel model = mesh({pod});
    return taken(Mesh(model).proxies.workloads().front(), port);
  };
  CHECK(takes(80));
  CHECK(takes(std::nullopt));
  CHECK_FALSE(takes(15020));
  pod.annotations = {{kExcludeInbound, "80, 443"}};
  CHECK_FALSE(takes(80));
  CHECK_FALSE(takes(443));
  CHECK(takes(8080));
  CHECK(takes(std::nullopt));
  pod.annotations = {{kExcludeInbound, "80"}, {kIncludeInbound, "*"}};
  CHECK_FALSE(takes(80));
  CHECK(takes(81));
  pod.annotations = {{kExcludeInbound, "80"}, {kIncludeInbound, "80,90"}};
  CHECK(takes(80));
  CHECK_FALSE(takes(81));
  CHECK_FALSE(takes(std::nullopt));
  pod.annotations = {{kIncludeInbound, ""}};
  CHECK_FALSE(takes(80));
}

TEST_CASE("section 1: time stamps compare as instants") {
  CHECK(instant("1970-01-02T00:00:01Z") == 86401);
  CHECK(instant("2024-02-29T12:00:00Z") + 86400 == instant("2024-03-01T12:00:00Z"));
  CHECK(instant("2024-01-02T03:04:05Z") == instant("2024-01-02T05:04:05+02:00"));
  CHECK(instant("2024-01-02T03:04:05Z") < instant("2024-01-01T23:04:05-05:00"));
  PeerAuthentication older_one = peer("foo", "z", "STRICT");
  older_one.meta.created = "2024-01-02T05:00:00+02:00";
  PeerAuthentication younger = peer("foo", "a", "PERMISSIVE");
  younger.meta.created = "2024-01-02T04:00:00Z";
  CHECK(found("TIS0208", {older_one, younger, rule("foo", "r", "s", "DISABLE")}).size() == 2);
}

TEST_CASE("section 4: defaultDestinationRuleExportTo") {
  const PeerAuthentication strict = peer("foo", "default", "STRICT");
  MeshModel model = mesh({strict, rule("istio-system", "r", "s.foo.svc.cluster.local", "DISABLE")});
  CHECK(found(model).size() == 2);
  model.settings.rule_export_to = {"."};
  CHECK(found(model).size() == 2);  // clients in the root namespace
  model.files[0].documents.push_back({false, {rule("foo", "q", "s", "ISTIO_MUTUAL", {"*"})}});
  CHECK(found(model).size() == 2);
  model.settings.rule_export_to = {"bar"};  // "anything else: every namespace"
  CHECK(found(model).empty());
}

TEST_CASE("section 4: `.` beside names, at steps 2 and 3") {
  // Clients in the root namespace calling foo: step 3 looks at the root's rule, where `.` does not count.
  const PeerAuthentication strict = peer("foo", "default", "STRICT");
  const PeerAuthentication bar = peer("bar", "default", "PERMISSIVE");
  const auto seen = [&](vector<string> export_to) {
    return found("TIS0208",
                 {strict, bar,
                  rule("istio-system", "r", "s.foo.svc.cluster.local", "DISABLE", std::move(export_to))})
        .size();
  };
  CHECK(seen({".", "ghost"}) == 2);             // clients in ghost
  CHECK(seen({"istio-system", "ghost"}) == 2);  // and in the root
  const auto seen_by_root_alone = [&](vector<string> export_to) {
    Sidecar none;
    none.meta = {"s", "ghost", {}};
    none.egress = {{"./*"}};
    return found("TIS0208",
                 {strict, bar, none,
                  rule("istio-system", "r", "s.foo.svc.cluster.local", "DISABLE", std::move(export_to))})
        .size();
  };
  CHECK(seen_by_root_alone({".", "ghost"}) == 0);
  CHECK(seen_by_root_alone({"istio-system", "ghost"}) == 2);
}

// Which rule decides for a class of clients of foo.
string decided_by(const vector<DestinationRule>& rules, const ClientClass& carried,
                  const string& client = "foo") {
  vector<Resource> resources;
  for (const DestinationRule& each : rules) resources.emplace_back(each);
  const MeshModel model = mesh(std::move(resources));
  const Mesh read(model);
  const auto found = read.lookup.find(client, carried, "foo", {"s.foo.svc.cluster.local", false});
  if (!found) return "none";
  return choose_clause(found->group, 80, std::nullopt).clause.rule->id.name;
}

DestinationRule selecting(const string& name, const string& app, vector<string> export_to = {}) {
  DestinationRule result = rule("foo", name, "s", "DISABLE", std::move(export_to));
  result.workload_selector = Labels{{"app", app}};
  return result;
}

TEST_CASE("section 4: rules with workloadSelector") {
  const ClientClass x = {{{"app", "x"}}};
  const ClientClass rest;
  SUBCASE("they decide for the clients they select, and end the lookup for all") {
    const vector<DestinationRule> rules = {selecting("a", "x"),
                                           rule("istio-system", "r", "s.foo.svc.cluster.local", "SIMPLE")};
    CHECK(decided_by(rules, x) == "a");
    CHECK(decided_by(rules, rest) == "none");
    CHECK(decided_by(rules, rest, "bar") == "r");  // step 1 alone sees them
  }
  SUBCASE("they come before rules without, which join by their sets") {
    CHECK(decided_by({selecting("z", "x"), rule("foo", "a", "s", "SIMPLE")}, rest) == "a");
    CHECK(decided_by({selecting("z", "x"), rule("foo", "a", "s", "SIMPLE")}, x) == "z");
    // equal to `.`: it joins, and starts no group of its own
    CHECK(decided_by({selecting("z", "x"), rule("foo", "a", "s", "SIMPLE", {"."})}, rest) == "none");
    // a strict superset joins and starts its own as well
    CHECK(decided_by({selecting("z", "x"), rule("foo", "a", "s", "SIMPLE", {".", "bar"})}, rest) == "a");
    CHECK(decided_by({selecting("z", "x"), rule("foo", "a", "s", "SIMPLE", {"foo"})}, rest) == "a");
  }
  SUBCASE("groups of different selectors never join") {
    const vector<DestinationRule> rules = {selecting("a", "x"), selecting("b", "y")};
    CHECK(decided_by(rules, x) == "a");
    CHECK(decided_by(rules, {{{"app", "y"}}}) == "b");
    CHECK(decided_by(rules, {{{"app", "x"}}, {{"app", "y"}}}) == "a");
  }
  SUBCASE("classes") {
    const auto classes = [](vector<Resource> resources) {
      resources.emplace_back(selecting("a", "x"));
      resources.emplace_back(selecting("b", "y"));
      const MeshModel model = mesh(std::move(resources));
      const Mesh read(model);
      return read.lookup.client_classes("foo", read.proxies.workloads()).size();
    };
    CHECK(classes({}) == 3);  // x, y, the rest
    CHECK(classes({workload("foo", "w", {{"app", "x"}})}) == 2);
    CHECK(classes({workload("foo", "w", {{"app", "z"}})}) == 1);
  }
  SUBCASE("exportTo that says else is refused") {
    CHECK(found("MTLS0015", {selecting("a", "x", {"*"})}).size() == 1);
    CHECK(found("MTLS0015", {selecting("a", "x", {"."})}).empty());
    CHECK(found("MTLS0015", {selecting("a", "x", {"foo"})}).empty());
    CHECK(decided_by({selecting("a", "x", {"bar"})}, x) == "none");
  }
}

// "clause path, hidden path, passthrough path" for a port of s.foo, of subset v1 if it is asked for.
string chosen(const vector<Resource>& resources, int port, bool subset = false) {
  const MeshModel model = mesh(resources);
  const Mesh read(model);
  const auto found = read.lookup.find("foo", {}, "foo", {"s.foo.svc.cluster.local", false});
  std::optional<NamedSubset> named;
  if (subset) named = found->group.subsets().front();
  const Choice choice = choose_clause(found->group, port, named);
  const auto text = [](const Clause& clause) {
    return clause.present() ? clause.rule->id.name + " " + clause.path : "-";
  };
  return text(choice.clause) + ", " + text(choice.hidden) + ", " +
         (choice.passthrough ? choice.passthrough->path : "-");
}

TEST_CASE("section 4: clauses, and what an entry without tls hides") {
  DestinationRule r = rule("foo", "r", "s", "DISABLE");
  r.policy->ports = {{80, {}}, {443, Tls{"SIMPLE"}}};
  r.subsets = {{"v1", {}, TrafficPolicy{{}, {{80, {}}}, {}}}};
  const string top = "r spec.trafficPolicy.tls.mode";
  const string entry = "r spec.trafficPolicy.portLevelSettings[1].tls.mode";
  CHECK(chosen({r}, 8080) == top + ", -, -");
  CHECK(chosen({r}, 443) == entry + ", -, -");
  CHECK(chosen({r}, 80) == "-, " + top + ", -");
  // an entry of a subset: the subset's tls, else the top-level entry's, else the top-level policy's
  CHECK(chosen({r}, 80, true) == "-, " + top + ", -");
  r.policy->ports = {{80, Tls{"SIMPLE"}}};
  CHECK(chosen({r}, 80, true) == "-, r spec.trafficPolicy.portLevelSettings[0].tls.mode, -");
  r.subsets[0].policy->tls = Tls{"ISTIO_MUTUAL"};
  CHECK(chosen({r}, 80, true) == "-, r spec.subsets[0].trafficPolicy.tls.mode, -");
  CHECK(chosen({r}, 8080, true) == "r spec.subsets[0].trafficPolicy.tls.mode, -, -");
  // a bad value stays chosen and hides nothing
  r.policy->ports = {{80, Tls{"bad"}}};
  CHECK(chosen({r}, 80) == "-, -, -");
}

TEST_CASE("section 4: PASSTHROUGH") {
  DestinationRule r = rule("foo", "r", "s");
  r.policy = TrafficPolicy{{}, {{80, {}}}, "PASSTHROUGH"};
  r.subsets = {{"v1", {}, TrafficPolicy{{}, {}, {}}}};
  CHECK(chosen({r}, 443) == "-, -, spec.trafficPolicy.loadBalancer");
  CHECK(chosen({r}, 80) == "-, -, -");  // a policy with an entry for that port
  CHECK(chosen({r}, 443, true) == "-, -, -");
  r.subsets[0].policy->load_balancer = "PASSTHROUGH";
  CHECK(chosen({r}, 443, true) == "-, -, spec.subsets[0].trafficPolicy.loadBalancer");
}

TEST_CASE("section 4: BackendTLSPolicy") {
  BackendTlsPolicy policy;
  policy.meta = {"b", "foo", "2030-01-01T00:00:00Z"};
  policy.targets = {{"ServiceEntry", "s", {}}, {"Service", "s", {}}};
  const string target = "b spec.targetRefs[1].name";
  CHECK(chosen({policy}, 80) == target + ", -, -");
  // "the rule's own fields go first"
  CHECK(chosen({policy, rule("foo", "r", "s", "DISABLE")}, 80) == "r spec.trafficPolicy.tls.mode, -, -");
  DestinationRule without = rule("foo", "r", "s");
  without.policy = TrafficPolicy{{}, {{80, {}}}, {}};
  CHECK(chosen({policy, without}, 443) == target + ", -, -");
  CHECK(chosen({policy, without}, 80) == "-, " + target + ", -");
  // a rule with exportTo does not merge: the group that started last decides
  CHECK(chosen({policy, rule("foo", "r", "s", "DISABLE", {"*"})}, 80) ==
        "r spec.trafficPolicy.tls.mode, -, -");

  // an entry of a rule for the same port: its own tls first
  policy.targets = {{"Service", "s", "https"}};
  const Service s = service("foo", "s", {{"app", "s"}}, {{443, {}, "https"}});
  CHECK(chosen({policy, s, without}, 443) == "b spec.targetRefs[0].name, -, -");
  CHECK(chosen({policy, s, without}, 80) == "-, -, -");
  without.policy->ports = {{443, {}}};
  CHECK(chosen({policy, s, without}, 443) == "b spec.targetRefs[0].name, -, -");
  without.policy->ports = {{443, Tls{"DISABLE"}}};
  CHECK(chosen({policy, s, without}, 443) == "r spec.trafficPolicy.portLevelSettings[0].tls.mode, -, -");
  const PeerAuthentication strict = peer("foo", "default", "STRICT");
  CHECK(found({policy, s, strict}) ==
        both("TIS0208", "BTP foo/b spec.targetRefs[0].name", "PA foo/default" + kMode));
  CHECK(found({policy, strict}).empty());  // a section that no Service shows
}

}  // namespace
}  // namespace reference
