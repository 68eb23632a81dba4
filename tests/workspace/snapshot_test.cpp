// Snapshots of clusters: what is kept of what an API server answers, and reading it again.
#include "workspace/cluster/snapshot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "workspace/cluster/cluster_kinds.h"
#include "workspace/cluster/json_scan.h"
#include "workspace/cluster/snapshot_builder.h"
#include "workspace/resources/resource.h"

namespace {

using workspace::ClusterKind;
using workspace::JsonScanner;
using workspace::SnapshotBuilder;

const ClusterKind& kind(const std::string& name) {
  const auto kinds = workspace::cluster_kinds();
  const auto at = std::find_if(kinds.begin(), kinds.end(),
                               [&name](const ClusterKind& each) { return each.kind == name; });
  REQUIRE(at != kinds.end());
  return *at;
}

std::string list(const std::string& items) {
  return R"({"kind":"List","apiVersion":"v1","metadata":{},"items":[)" + items + "]}";
}

void add(SnapshotBuilder& builder, const std::string& name, const std::string& version,
         const std::string& items) {
  auto page = read_cluster_page(kind(name), version, list(items));
  REQUIRE(page.ok());
  builder.add(std::move(page->objects));
}

// The objects' lines.
std::string lines(SnapshotBuilder& builder) {
  const std::string text = builder.finish(
      {.context = "prod", .taken = "", .server_version = "", .default_namespace = "", .not_read = {}});
  const std::size_t begin = text.find('\n');
  const std::size_t end = text.rfind("\n]}");
  return end == begin ? std::string() : text.substr(begin + 1, end - begin - 1);
}

bool is_json(const std::string& text) {
  JsonScanner scanner(text);
  return scanner.value().has_value() && scanner.at_end();
}

// A running pod of a controller.
std::string pod(const std::string& name, const std::string& labels, const std::string& owner,
                const std::string& more_containers = "") {
  return R"({"metadata":{"name":")" + name + R"(","namespace":"foo","uid":"1","labels":{)" + labels +
         R"(},"annotations":{"kubectl.kubernetes.io/restartedAt":"x","sidecar.istio.io/inject":"true"},)" +
         R"("managedFields":[{"manager":"m"}],"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":")" +
         owner +
         R"(","uid":"2","controller":true}]},"spec":{"containers":[{"name":"app","image":"i","env":)" +
         R"([{"name":"PASSWORD","value":"hidden"}],"ports":[{"containerPort":8080,"protocol":"TCP"}]})" +
         more_containers + R"(],"nodeName":"n"},"status":{"phase":"Running","podIP":"10.0.0.1"}})";
}

}  // namespace

TEST_CASE("JSON is walked as a whole or refused") {
  for (const char* text : {"{}", "[]", "1", "-1.5e+3", "true", "null", R"("a\"b")",
                           R"({"a":[1,{"b":""}],"c":null})", " { \"a\" : [ ] } ", R"(["\\"])"})
    CHECK_MESSAGE(is_json(text), text);
  for (const char* text : {"", "{", "[1,", R"({"a")", R"({"a":})", "nul", R"("a)", R"("\")", "{]", "[}",
                           "[1]]", "{\"a\":1,}", "[,]", "1 2", R"({a:1})"})
    CHECK_MESSAGE(!is_json(text), text);
  const std::string deep(1000, '[');
  CHECK_FALSE(is_json(deep + std::string(1000, ']')));
}

TEST_CASE("JSON strings stand for texts") {
  CHECK(workspace::json_text_of(R"("a\n\"\\\/\u00e9\ud83d\ude00")") == "a\n\"\\/\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(workspace::json_text_of(R"("\ud83d")") == "\xEF\xBF\xBD");
  CHECK(workspace::json_text_of("12") == "12");
  const std::string text = "a\"b\\c\n\x01\x7F\xC3\xA9";
  CHECK(workspace::json_text_of(workspace::json_quoted(text)) == text);
  CHECK(workspace::json_quoted("\x1B[31m") == "\"\\u001b[31m\"");
}

TEST_CASE("of an object the fields are kept that the analysis reads") {
  SnapshotBuilder builder;
  add(builder, "PeerAuthentication", "security.istio.io/v1",
      R"({"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"default","namespace":"foo",)"
      R"("creationTimestamp":"2026-01-01T00:00:00Z","generation":3,"managedFields":[],"annotations":)"
      R"({"kubectl.kubernetes.io/last-applied-configuration":"{}","istio-mtls/ignore":"TIS0208"}},)"
      "\n  \"spec\": { \"mtls\": {\"mode\":\"STRICT\"} },"
      R"("status":{"conditions":[]}})");
  add(builder, "Service", "v1",
      R"({"metadata":{"name":"a","namespace":"foo","labels":{"app":"a"},"annotations":{"x":"y"}},"spec":{"selector":{},)"
      R"("ports":[{"port":80,"nodePort":3000}],"clusterIP":"None","clusterIPs":["None"]},"status":{"loadBalancer":{}}})");
  CHECK(
      lines(builder) ==
      R"({"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"default",)"
      R"("namespace":"foo","creationTimestamp":"2026-01-01T00:00:00Z","annotations":{"istio-mtls/ignore":"TIS0208"}},)"
      R"("spec":{"mtls":{"mode":"STRICT"}}},)"
      "\n"
      R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"foo","labels":{"app":"a"}},)"
      R"("spec":{"selector":{},"ports":[{"port":80}],"clusterIP":"None"}})");
}

TEST_CASE("pods of a controller are one for each kind of them") {
  SnapshotBuilder builder;
  add(builder, "ReplicaSet", "apps/v1",
      R"({"metadata":{"name":"a-1","namespace":"foo","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment",)"
      R"("name":"a","controller":true}]},"spec":{"template":{"metadata":{},"spec":{"containers":[]}}}})");
  add(builder, "Deployment", "apps/v1",
      R"({"metadata":{"name":"a","namespace":"foo"},"spec":{"template":{"metadata":{"labels":{"app":"a"}},"spec":)"
      R"({"containers":[{"name":"app"}]}}}},)"
      R"({"metadata":{"name":"b","namespace":"foo"},"spec":{"replicas":0,"template":{"metadata":{"labels":{"app":"b"},)"
      R"("annotations":{"x":"y"}},"spec":{"containers":[{"name":"app","image":"i","ports":[{"containerPort":1}]}]}}}})");
  const std::string proxy = R"(,{"name":"istio-proxy","ports":[{"containerPort":15090}]})";
  add(builder, "Pod", "v1",
      pod("a-1-y", R"("app":"a","pod-template-hash":"2")", "a-1", proxy) + "," +
          pod("a-1-x", R"("app":"a","pod-template-hash":"1")", "a-1", proxy) + "," +
          pod("a-1-z", R"("app":"a","pod-template-hash":"1")", "a-1"));
  CHECK(
      lines(builder) ==
      R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"b","namespace":"foo"},"spec":{"template":)"
      R"({"metadata":{"labels":{"app":"b"}},"spec":{"containers":[{"name":"app","ports":[{"containerPort":1}]}]}}}},)"
      "\n"
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a-1-x","namespace":"foo","labels":{"app":"a",)"
      R"("pod-template-hash":"1"},"annotations":{"sidecar.istio.io/inject":"true"},"ownerReferences":[{"apiVersion":)"
      R"("apps/v1","kind":"Deployment","name":"a","controller":true}]},"spec":{"containers":[{"name":"app","ports":)"
      R"([{"containerPort":8080}]},{"name":"istio-proxy"}]},"status":{"phase":"Running"}},)"
      "\n"
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a-1-z","namespace":"foo","labels":{"app":"a",)"
      R"("pod-template-hash":"1"},"annotations":{"sidecar.istio.io/inject":"true"},"ownerReferences":[{"apiVersion":)"
      R"("apps/v1","kind":"Deployment","name":"a","controller":true}]},"spec":{"containers":[{"name":"app","ports":)"
      R"([{"containerPort":8080}]}]},"status":{"phase":"Running"}})");
}

TEST_CASE("what does not run, calls nothing or configures no mesh is left out") {
  SnapshotBuilder builder;
  add(builder, "Pod", "v1",
      R"({"metadata":{"name":"done","namespace":"foo"},"spec":{"containers":[]},"status":{"phase":"Succeeded"}},)"
      R"({"metadata":{"name":"going","namespace":"foo","deletionTimestamp":"2026-01-01T00:00:00Z"},"spec":)"
      R"({"containers":[]},"status":{"phase":"Running"}})");
  add(builder, "MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1",
      R"({"metadata":{"name":"w"},"webhooks":[{"name":"x","clientConfig":{"url":"https://x"}}]})");
  add(builder, "ConfigMap", "v1",
      R"({"metadata":{"name":"istio","namespace":"istio-system"},"data":{"meshNetworks":""}},)"
      R"({"metadata":{"name":"other","namespace":"istio-system"},"data":{"mesh":"","password":"x"}})");
  add(builder, "Job", "batch/v1", R"({"metadata":{"name":"j","namespace":"foo"},"spec":{}})");
  CHECK(lines(builder).empty());
}

TEST_CASE("a page that is cut or no list is refused") {
  for (const char* text :
       {"", "{", R"({"items":[{"metadata":{}})", R"({"items":[]} x)", R"({"kind":"Status"})", "<html>"})
    CHECK_MESSAGE(!read_cluster_page(kind("Service"), "v1", text).ok(), text);
  const auto page =
      read_cluster_page(kind("Service"), "v1", R"({"metadata":{"continue":"a\"b"},"items":null})");
  REQUIRE(page.ok());
  CHECK(page->continue_token == "a\"b");
}

TEST_CASE("a snapshot reads as it was written, and is equal whatever the order it was made in") {
  const std::string service = R"({"metadata":{"name":"a","namespace":"foo"},"spec":{"ports":[{"port":80}]}})";
  const std::string policy =
      R"({"metadata":{"name":"p","namespace":"foo","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{}})";
  const std::string running = pod("a-x", R"("app":"a")", "a-1", R"(,{"name":"istio-proxy"})");
  const workspace::SnapshotHeader header{.context = "prod\x1B",
                                         .taken = "2026-11-27T00:00:00Z",
                                         .server_version = "v1.34.3",
                                         .default_namespace = "foo",
                                         .not_read = {"Pod: forbidden", "namespaces other than foo"}};
  SnapshotBuilder first;
  add(first, "Service", "v1", service);
  add(first, "PeerAuthentication", "security.istio.io/v1", policy);
  add(first, "Pod", "v1", running);
  SnapshotBuilder second;
  add(second, "Pod", "v1", running);
  add(second, "PeerAuthentication", "security.istio.io/v1", policy);
  add(second, "Service", "v1", service);
  const std::string text = first.finish(header);
  CHECK(text == second.finish(header));
  CHECK(text.find('\x1B') == std::string::npos);

  const auto read = workspace::read_snapshot("file", text);
  REQUIRE(read.ok());
  const workspace::Snapshot& snapshot = **read;
  CHECK(snapshot.header.context == header.context);
  CHECK(snapshot.header.taken == header.taken);
  CHECK(snapshot.header.server_version == header.server_version);
  CHECK(snapshot.header.default_namespace == header.default_namespace);
  CHECK(snapshot.header.not_read == header.not_read);
  REQUIRE(snapshot.objects.size() == 3);
  CHECK(to_string(snapshot.objects[0].id) == "PeerAuthentication foo/p");
  CHECK(snapshot.ages->of(snapshot.objects[0].id) == workspace::parse_instant("2026-01-01T00:00:00Z"));
  CHECK(snapshot.ages->of(snapshot.objects[2].id) == INT64_MAX);
  CHECK(to_string(snapshot.objects[1].id) == "Pod foo/a-x");
  REQUIRE(snapshot.objects[1].controller);
  CHECK(to_string(*snapshot.objects[1].controller) == "ReplicaSet foo/a-1");
  const auto& facts = *snapshot.objects[1].document.facts;
  CHECK(std::get<workspace::Workload>(facts.resources.front()).seen == workspace::SeenProxy::Sidecar);

  CHECK(workspace::without(snapshot, *snapshot.objects[1].controller)->objects.size() == 2);
  CHECK(workspace::without(snapshot, {workspace::Kind::Service, workspace::CompactString("bar"),
                                      workspace::CompactString("a")}) == nullptr);
}

TEST_CASE("a file that is no snapshot, of a newer version or cut says so") {
  const auto error = [](const std::string& text) {
    const auto read = workspace::read_snapshot("s.json", text);
    return read ? std::string() : read.error().message;
  };
  SnapshotBuilder builder;
  add(builder, "Service", "v1", R"({"metadata":{"name":"a","namespace":"foo"}})");
  const std::string text = builder.finish(
      {.context = "prod", .taken = "", .server_version = "", .default_namespace = "", .not_read = {}});
  CHECK(error(text).empty());
  CHECK(error("{}") == "s.json: not a snapshot: expected the output of 'istio-mtls-ls snapshot'");
  CHECK(error("kind: List\n") == error("{}"));
  for (std::size_t size = text.size() - 2; size > text.find("items"); --size)
    CHECK_MESSAGE(error(text.substr(0, size)) == "s.json: not valid JSON, or cut: take it again", size);
  std::string newer = text;
  newer.replace(newer.find(R"("1")"), 3, R"("7")");
  CHECK(error(newer) ==
        "s.json: a snapshot of version 7, and this program reads version 1: use a newer istio-mtls-ls, or "
        "take it again");
}
