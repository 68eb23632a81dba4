// Resources of a cluster as documents to read: where they are found, and what is shown where.
#include "workspace/cluster/cluster_document.h"

#include <doctest/doctest.h>

#include <string>

namespace {

std::shared_ptr<const workspace::Snapshot> cluster(const std::string& items) {
  const auto read = workspace::read_snapshot(
      "s.json", R"({"apiVersion":"v1","kind":"List","metadata":{"annotations":{"istio-mtls-ls/snapshot":"1",)"
                R"("istio-mtls-ls/context":"a/b"}},"items":[)" +
                    items + "]}");
  REQUIRE(read.ok());
  return *read;
}

constexpr const char* kPolicy =
    R"({"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"default","namespace":"foo",)"
    R"("labels":{"note":"a: b\nc"}},"spec":{"mtls":{"mode":"STRICT"},"portLevelMtls":{"80":{"mode":"DISABLE"}}}})";
constexpr const char* kNamespace = R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"foo"}})";
constexpr const char* kRollout =
    R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{"name":"web","namespace":"foo"},)"
    R"("spec":{"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app"}]}}}})";

}  // namespace

TEST_CASE("each resource has a URI of its own, and is found by it") {
  const auto all = cluster(std::string(kPolicy) + "," + kNamespace + "," + kRollout);
  REQUIRE(all->objects.size() == 3);
  const char* const kExpected[] = {"istio-mtls-cluster:/a%2Fb/foo/PeerAuthentication/default.yaml",
                                   "istio-mtls-cluster:/a%2Fb/Namespace/foo.yaml",
                                   "istio-mtls-cluster:/a%2Fb/foo/Rollout.argoproj.io/web.yaml"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string uri = workspace::cluster_document_uri("a/b", all->objects[i].id);
    CHECK(uri == kExpected[i]);
    CHECK(workspace::find_object(*all, uri) == &all->objects[i]);
    CHECK(workspace::context_of_cluster_document(uri) == "a/b");
    CHECK(workspace::object_at(*all, all->objects[i].document.begin + 5) == &all->objects[i]);
  }
  // As some clients escape it.
  CHECK(workspace::find_object(*all, "istio-mtls-cluster:/a%2fb/foo/PeerAuthentication/default.yaml") ==
        &all->objects[0]);
  CHECK(workspace::find_object(*all, "istio-mtls-cluster:/a%2Fb/foo/Service/default.yaml") == nullptr);
  CHECK(workspace::context_of_cluster_document("file:///a/b") == std::nullopt);
  CHECK(workspace::object_at(*all, 0) == nullptr);
}

TEST_CASE("a document shows each value where it stands in the snapshot") {
  const auto all = cluster(kPolicy);
  const workspace::ClusterDocument document(*all, all->objects.front());
  CHECK(document.text() ==
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  "
        "namespace: foo\n"
        "  labels:\n    note: |-\n      a: b\n      c\nspec:\n  mtls:\n    mode: STRICT\n  portLevelMtls:\n"
        "    \"80\":\n      mode: DISABLE\n");
  for (const std::string value : {"STRICT", "DISABLE", "default", "foo", "80"}) {
    const auto at = static_cast<std::uint32_t>(all->text->find("\"" + value + "\"") + 1);
    const auto size = static_cast<std::uint32_t>(value.size());
    const workspace::ByteRange shown = document.shown({at, at + size});
    CHECK(document.text().substr(shown.begin, shown.end - shown.begin) == value);
  }
  CHECK(document.shown({0, 1}) == workspace::ByteRange{});
}
