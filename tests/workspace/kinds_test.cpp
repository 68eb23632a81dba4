// Each row of the kind table against a sample document of its kind.
#include "workspace/resources/kinds.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "workspace/resources/outline.h"
#include "workspace/yaml/reader.h"

using workspace::FieldAt;
using workspace::Kind;
using workspace::KindInfo;
using workspace::Resource;
using workspace::yaml::Document;

namespace {

constexpr std::string_view kPodTemplate = R"(
      metadata:
        labels: {app: a, sidecar.istio.io/inject: "true", istio.io/rev: canary}
        annotations:
          note: none
          traffic.sidecar.istio.io/excludeInboundPorts: "9000"
          inject.istio.io/templates: gateway
          sidecar.istio.io/rewriteAppHTTPProbers: "false"
          prometheus.io/port: "9090"
      spec:
        hostNetwork: true
        containers:
        - name: a
          image: registry.example.com/a:1
          ports:
          - {name: http, containerPort: 8080}
          - {containerPort: 53, protocol: UDP}
          command:
          - run
          - --backend=http://b.c/x
          args:
          - --peer
          - c.d.svc:80
          env:
          - name: URL
            value: https://d.e.svc.cluster.local
          - name: MORE
            valueFrom: {configMapKeyRef: {name: settings, key: url}}
          envFrom:
          - configMapRef: {name: all}
          livenessProbe: {httpGet: {path: /, port: http}}
          readinessProbe: {grpc: {port: 8080}}
)";

std::string indented(std::string_view text, std::size_t by) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result.append(by, ' ');
  }
  return result;
}

// What follows `metadata.name` and `metadata.namespace`, by kind.
std::string sample_body(Kind kind) {
  static const std::map<Kind, std::string> kBodies = {
      {Kind::PeerAuthentication, R"(
spec:
  selector: {matchLabels: {app: a}}
  mtls: {mode: STRICT}
  portLevelMtls: {80: {mode: DISABLE}}
)"},
      {Kind::AuthorizationPolicy, R"(
spec:
  selector: {matchLabels: {app: a}}
  rules: [{from: [{source: {principals: [a]}}]}]
)"},
      {Kind::RequestAuthentication, "\nspec: {jwtRules: []}\n"},
      {Kind::DestinationRule, R"(
spec:
  host: a
  exportTo: [., b]
  workloadSelector: {matchLabels: {app: b}}
  trafficPolicy:
    loadBalancer: {simple: PASSTHROUGH}
    tls: {mode: MUTUAL, sni: a}
    portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy:
      tls: {mode: SIMPLE}
      portLevelSettings: [{port: {number: 81}, tls: {mode: ISTIO_MUTUAL}}]
)"},
      {Kind::ServiceEntry, "\nspec: {hosts: [a.example.com], exportTo: [b]}\n"},
      {Kind::Sidecar, "\nspec: {workloadSelector: {labels: {a: b}}, egress: [{hosts: ['./*', b/c]}]}\n"},
      {Kind::Gateway, "\nspec: {selector: {istio: ingressgateway}, servers: []}\n"},
      {Kind::WorkloadEntry, R"(
  labels: {app: a}
spec: {labels: {app: b, class: vm}, ports: {http: 8080}}
)"},
      {Kind::WorkloadGroup, R"(
spec:
  metadata: {labels: {app: a}}
  template: {labels: {class: vm}, ports: {http: 8080}}
)"},
      {Kind::Namespace, "\n  labels: {istio-injection: enabled, istio.io/dataplane-mode: ambient}\n"},
      {Kind::Service, R"(
  annotations: {prometheus.io/port: "80"}
spec:
  type: NodePort
  clusterIP: None
  selector: {app: a}
  ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http2, protocol: UDP}]
)"},
      {Kind::ConfigMap, "\ndata:\n  url: http://a.b:80\n  script.sh: |\n    call c.d.svc:443 now\n"},
      {Kind::IstioOperator, R"(
spec:
  meshConfig: {rootNamespace: r, enableAutoMtls: false, defaultDestinationRuleExportTo: [.]}
  values: {global: {proxy: {clusterDomain: x.y}}, sidecarInjectorWebhook: {rewriteAppHTTPProbe: false}}
)"},
      {Kind::Istio,
       "\nspec: {values: {meshConfig: {rootNamespace: r}, global: {proxy: {clusterDomain: x.y}}}}\n"},
      {Kind::BackendTLSPolicy, R"(
spec: {targetRefs: [{group: "", kind: Service, name: a, sectionName: https}], validation: {hostname: a}}
)"},
      {Kind::MutatingWebhookConfiguration,
       "\nwebhooks: [{name: a, clientConfig: {service: {name: a, namespace: b, port: 8443}}}]\n"},
      {Kind::ValidatingWebhookConfiguration,
       "\nwebhooks: [{clientConfig: {url: x}}, {clientConfig: {service: {name: a, namespace: b}}}]\n"},
      {Kind::CustomResourceDefinition,
       "\nspec: {conversion: {webhook: {clientConfig: {service: {name: a, namespace: b}}}}}\n"},
      {Kind::APIService, "\nspec: {group: g, service: {name: a, namespace: b}}\n"},
      {Kind::ServiceMonitor, R"(
spec:
  selector: {matchLabels: {app: a}}
  namespaceSelector: {matchNames: [b]}
  endpoints: [{port: metrics, scheme: http}, {targetPort: 9090, tlsConfig: {}}]
)"},
      {Kind::PodMonitor, "\nspec: {selector: {}, podMetricsEndpoints: [{portNumber: 9090}]}\n"},
      {Kind::Ingress, R"(
  annotations: {kubernetes.io/ingress.class: alb}
spec:
  defaultBackend: {service: {name: a, port: {number: 80}}}
  rules: [{http: {paths: [{backend: {service: {name: b, port: {name: http}}}}]}}]
)"},
      {Kind::Application, R"(
spec:
  source:
    repoURL: https://git.example.com/a.git
    path: b
    directory: {recurse: true, include: "*.yaml", exclude: x}
    kustomize: {namespace: c, images: [d]}
  destination:
    server: https://kubernetes.default.svc
    namespace: foo
)"},
      {Kind::ApplicationSet, R"(
spec:
  generators:
  - list: {elements: [{env: dev, values: {region: eu}}]}
  - git:
      repoURL: https://git.example.com/a.git
      directories:
      - path: apps/*
      - {path: apps/x, exclude: true}
  - clusters: {}
  template:
    metadata: {name: "{{env}}"}
    spec: {sources: [{path: "apps/{{env}}"}, {chart: c}], destination: {name: "{{env}}"}}
)"},
      {Kind::FluxKustomization, R"(
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  targetNamespace: foo
  postBuild:
    substitute: {region: eu}
    substituteFrom: [{kind: ConfigMap, name: settings}]
)"},
      {Kind::HelmRelease, "\nspec: {chart: {spec: {chart: redis}}, values: {a: b}}\n"},
  };
  if (kind == Kind::Pod) {
    std::string pod(kPodTemplate);
    pod.erase(0, pod.find("labels:"));
    std::string text = "\n  " + pod;
    for (std::size_t at = text.find("\n      "); at != std::string::npos; at = text.find("\n      ", at + 1))
      text.erase(at + 1, 6);
    return text;
  }
  if (const auto at = kBodies.find(kind); at != kBodies.end()) return at->second;
  const std::string own = "\n  labels: {sidecar.istio.io/proxyCPU: '1', app: a}\n";
  if (kind == Kind::CronJob) {
    return own + "spec:\n  jobTemplate:\n    spec:\n      template:" + indented(kPodTemplate, 4) + "\n";
  }
  return own + "spec:\n  replicas: 1\n  template:" + std::string(kPodTemplate);
}

std::string sample(const KindInfo& info) {
  std::string group(info.group);
  std::string_view name = info.name;
  if (info.kind == Kind::OtherWorkload) {
    group = "argoproj.io";
    name = "Rollout";
  } else if (info.kind == Kind::UnknownKind) {
    group = "networking.istio.io";
    name = "DestinationRules";
  }
  return fmt::format("apiVersion: {}v1\nkind: {}\nmetadata:\n  name: a\n  namespace: foo{}",
                     group.empty() ? "" : group + "/", name, sample_body(info.kind));
}

std::vector<Resource> decoded(const std::string& text) {
  const auto read = workspace::yaml::read_any_yaml(text);
  const auto* document = std::get_if<Document>(&read);
  REQUIRE(document != nullptr);
  return workspace::decode_resources(document->root());
}

template <class T>
T decoded_as(const std::string& text) {
  const auto resources = decoded(text);
  REQUIRE(resources.size() == 1);
  REQUIRE(std::holds_alternative<T>(resources.front()));
  return std::get<T>(resources.front());
}

}  // namespace

TEST_CASE("each kind is decoded from what its outline leaves, as from the whole document") {
  for (const KindInfo& info : workspace::all_kinds()) {
    const std::string text = sample(info);
    INFO(text);
    const auto whole = decoded(text);
    REQUIRE(whole.size() == 1);
    CHECK(workspace::metadata_of(whole.front()).kind == info.kind);
    const auto part = workspace::yaml::read_plain_yaml(text, {}, workspace::outline_of(text));
    CHECK(part);  // else the sample is none that the outline is used for
    if (!part) continue;
    CHECK(workspace::decode_resources(part->root()) == whole);
    // The sample says something.
    const std::string bare = text.substr(0, text.find('\n', text.find("namespace:")) + 1);
    if (info.kind != Kind::RequestAuthentication && info.kind != Kind::UnknownKind)
      CHECK(decoded(bare) != whole);
  }
}

TEST_CASE("the path of each field resolves in the sample of its kind") {
  for (const KindInfo& info : workspace::all_kinds()) {
    const std::string text = sample(info);
    INFO(text);
    const auto read = workspace::yaml::read_any_yaml(text);
    std::set<std::string_view> seen;
    workspace::visit_fields(std::get<Document>(read).root(), info.kind,
                            [&](const FieldAt& at) { seen.insert(at.field->path); });
    for (const auto fields : {workspace::common_fields(), info.fields}) {
      for (const auto& field : fields) {
        INFO(field.path);
        CHECK(seen.contains(field.path));
      }
    }
  }
}

TEST_CASE("a kind of another group is another kind") {
  for (const KindInfo& info : workspace::all_kinds()) {
    if (info.kind == Kind::OtherWorkload || info.kind == Kind::UnknownKind) continue;
    CHECK(workspace::kind_of(std::string(info.group) + (info.group.empty() ? "v1" : "/v1"), info.name) ==
          info.kind);
    CHECK_FALSE(workspace::kind_of("example.com/v1", info.name));
  }
  const std::string knative =
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec:\n"
      "  template: {metadata: {labels: {app: a}}, spec: {containers: []}}\n";
  const auto workload = decoded_as<workspace::Workload>(knative);
  CHECK(workload.metadata.kind == Kind::OtherWorkload);
  REQUIRE(workload.metadata.rare.other_kind() != nullptr);
  CHECK(workload.metadata.rare.other_kind()->group == "serving.knative.dev");
  CHECK(workload.metadata.rare.other_kind()->name == "Service");
  CHECK(decoded("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n").empty());
}

TEST_CASE("a workload of a foreign group is found behind the outline of whatever kind") {
  const std::string_view deployment_body = "spec:\n  replicas: 1\n  template:";
  for (const KindInfo& info : workspace::all_kinds()) {
    const std::string text = fmt::format(
        "apiVersion: example.com/v1\nkind: {}\nmetadata:\n  name: a\n  labels:\n"
        "    sidecar.istio.io/inject: \"true\"\n{}{}",
        info.name, deployment_body, kPodTemplate);
    INFO(text);
    const auto whole = decoded(text);
    REQUIRE(whole.size() == 1);
    CHECK(workspace::metadata_of(whole.front()).kind == Kind::OtherWorkload);
    const auto part = workspace::yaml::read_plain_yaml(text, {}, workspace::outline_of(text));
    CHECK(part);
    if (part) CHECK(workspace::decode_resources(part->root()) == whole);
  }
}

TEST_CASE("paths of keys lead to fields") {
  const auto& fields = workspace::kind_info(Kind::PeerAuthentication).fields;
  const std::vector<std::string> mode = {"spec", "portLevelMtls", "80", "mode"};
  CHECK(workspace::leads_to(fields[3], mode));
  CHECK_FALSE(workspace::leads_to(fields[1], mode));
  CHECK(workspace::leads_to(fields[0], std::vector<std::string>{"spec", "selector", "matchLabels", "a"}, 1));
  const auto& rule = workspace::kind_info(Kind::DestinationRule).fields;
  CHECK(workspace::leads_to(rule[1], std::vector<std::string>{"spec", "exportTo", "[]"}));
  CHECK(workspace::leads_to(rule[7], std::vector<std::string>{"spec", "subsets", "[]", "name"}));
  CHECK_FALSE(workspace::leads_to(rule[7], std::vector<std::string>{"spec", "subsets", "name"}));
}

TEST_CASE("a List's items are what it says, and Lists nest") {
  const auto pods = decoded("apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n");
  REQUIRE(pods.size() == 1);
  CHECK(workspace::metadata_of(pods[0]).kind == Kind::Pod);
  const std::string nested =
      "apiVersion: v1\nkind: List\nitems:\n"
      "- {apiVersion: v1, kind: Service, metadata: {name: a}}\n"
      "- apiVersion: v1\n  kind: ServiceList\n  items:\n  - metadata: {name: b}\n  - metadata: {name: c}\n"
      "- {apiVersion: v1, kind: Service, metadata: {name: d}}\n";
  const auto read = workspace::yaml::read_any_yaml(nested);
  const auto root = std::get<Document>(read).root();
  const auto services = workspace::decode_resources(root);
  REQUIRE(services.size() == 4);
  std::string paths;
  for (const Resource& service : services) {
    const auto& metadata = workspace::metadata_of(service);
    paths += workspace::item_path(metadata) + metadata.name.value + " ";
    CHECK(workspace::resource_in(root, metadata)["metadata"]["name"].text() == metadata.name.value);
  }
  CHECK(paths == "items[0].a items[1].items[0].b items[1].items[1].c items[2].d ");
  CHECK(decoded("apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n").empty());
}

TEST_CASE("time stamps are instants") {
  using workspace::kNoInstant;
  using workspace::parse_instant;
  CHECK(parse_instant("1970-01-01T00:00:01Z") == 1'000'000);
  CHECK(parse_instant("2026-11-26T18:00:00+02:00") == parse_instant("2026-11-26T16:00:00Z"));
  CHECK(parse_instant("2026-11-26T16:00:00.5Z") == parse_instant("2026-11-26t16:00:00z") + 500'000);
  CHECK(parse_instant("2024-02-29T00:00:00Z") != kNoInstant);
  CHECK(parse_instant("0001-01-01T00:00:00Z") > kNoInstant);
  for (const char* text :
       {"", "2023-02-29T00:00:00Z", "2026-11-26", "2026-11-26T16:00:00", "2026-11-26T16:00:00.Z",
        "2026-11-26T16:00:00Zx", "2026-13-01T00:00:00Z", "2026-11-26 16:00:00Z", "null"}) {
    INFO(text);
    CHECK(parse_instant(text) == kNoInstant);
  }
}

TEST_CASE("calls are found in texts") {
  const auto found = [](std::string_view text) {
    std::string all;
    std::size_t at = 0;
    for (auto next = workspace::next_host_reference(text, at); !next.host.empty();
         next = workspace::next_host_reference(text, at)) {
      all += fmt::format("{}|{}|{} ", next.scheme, next.host.view(), next.port);
    }
    return all;
  };
  CHECK(found("http://a.b") == "http|a.b|80 ");
  CHECK(found("--url=HTTPS://user:word@a.b.svc.cluster.local/x?y") == "https|a.b.svc.cluster.local|443 ");
  CHECK(found("redis://cache.data:6379/0") == "redis|cache.data|6379 ");
  CHECK(found("k-0.kafka:9092,k-1.kafka:9093") == "|k-0.kafka|9092 |k-1.kafka|9093 ");
  CHECK(found("call \"a.b.svc:80\" and http://c.d:90.") == "|a.b.svc|80 ");
  CHECK(found("http://api.example.com https://10.0.0.1:443 10.0.0.1:80 localhost:80") == "");
  CHECK(found("image: registry.io/x:1.2 a.b:latest a.b:70000 x/a.b:80 .a.b:80 12:30:45.6") == "");
  CHECK(found("://://://a.b") == "|a.b|0 ");
}

TEST_CASE("what a workload says of its proxy and of whom it calls") {
  const auto workload = decoded_as<workspace::Workload>(sample(workspace::kind_info(Kind::Deployment)));
  using workspace::ProxySetting;
  const auto value = [&](ProxySetting setting) {
    const auto* field = workspace::find_field(workload.fields, setting);
    return field == nullptr ? std::string("none") : field->value.value.str();
  };
  CHECK(value(ProxySetting::Inject) == "true");
  CHECK(value(ProxySetting::Revision) == "canary");
  CHECK(value(ProxySetting::Templates) == "gateway");
  CHECK(value(ProxySetting::ExcludeInboundPorts) == "9000");
  CHECK(value(ProxySetting::IncludeInboundPorts) == "none");
  CHECK(workload.inject == true);
  CHECK(workload.host_network);
  CHECK(workload.ports.size() == 2);
  CHECK(workload.named_port("http") == 8080);
  CHECK(workload.probes.size() == 2);
  REQUIRE(workload.rare);
  std::string calls;
  for (const auto& call : workload.rare->calls) calls += call.path + " ";
  CHECK(calls ==
        "spec.template.spec.containers[0].env[0].value spec.template.spec.containers[0].command[1] "
        "spec.template.spec.containers[0].args[1] ");
  CHECK(workload.rare->environment.size() == 2);
  REQUIRE(workload.rare->misplaced_fields.size() == 1);
  CHECK(workload.rare->misplaced_fields[0].key == "sidecar.istio.io/proxyCPU");
}

TEST_CASE("labels of workloads outside of Kubernetes") {
  const auto entry = decoded_as<workspace::Workload>(sample(workspace::kind_info(Kind::WorkloadEntry)));
  CHECK(entry.labels == workspace::Labels{{"app", "a"}, {"class", "vm"}});
  CHECK(entry.named_port("http") == 8080);
  const auto group = decoded_as<workspace::Workload>(sample(workspace::kind_info(Kind::WorkloadGroup)));
  CHECK(group.labels == workspace::Labels{{"app", "a"}, {"class", "vm"}});
}
