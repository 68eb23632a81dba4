// Which names a text has, of what, and where.
#include "checks/queries/mentions.h"

#include <doctest/doctest.h>

#include <string>

#include "checks/queries/links.h"

namespace {

using checks::Mention;
using checks::ThingKind;

std::string shown(const Mention& mention, const std::string& text) {
  const auto& thing = mention.thing;
  const std::string where = text.substr(mention.range.begin, mention.range.size());
  std::string name;
  switch (thing.kind) {
    case ThingKind::Namespace:
      name = "namespace " + thing.name;
      break;
    case ThingKind::Service:
      name = "service " + thing.around + "/" + thing.name;
      break;
    case ThingKind::Label:
      name = "label " + thing.around + " " + thing.name + "=" + thing.value;
      break;
    case ThingKind::Subset:
      name = "subset " + thing.around + " " + thing.name;
      break;
  }
  const bool differs = where != (thing.kind == ThingKind::Label ? thing.value : thing.name);
  return name + (mention.declares ? "!" : "") + (differs ? " as " + where : "") +
         (mention.is_verbatim ? "" : "?");
}

std::vector<std::string> all(const std::string& text) {
  std::vector<std::string> found;
  for (const Mention& mention : checks::mentions_in(text, {}).list) found.push_back(shown(mention, text));
  return found;
}

using List = std::vector<std::string>;

std::string of(const std::string& version, const std::string& kind, const std::string& rest) {
  return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: x, namespace: foo}\n" + rest;
}

}  // namespace

TEST_CASE("mentions: the fields of each kind") {
  const struct {
    std::string text;
    List mentions;  // behind the resource's own namespace
  } cases[] = {
      {of("v1", "Service", "spec: {selector: {app: web}}\n"), {"service foo/x!", "label foo app=web"}},
      {of("networking.istio.io/v1", "DestinationRule",
          "spec:\n  host: web.bar.svc.cluster.local\n  exportTo: ['.', baz]\n  subsets:\n  - name: v1\n"
          "    labels: {version: v1}\n"),
       {"namespace baz", "service bar/web", "namespace bar", "subset web.bar.svc.cluster.local v1!",
        "label bar version=v1"}},
      {of("networking.istio.io/v1", "DestinationRule", "spec: {host: web}\n"), {"service foo/web"}},
      {of("networking.istio.io/v1", "DestinationRule", "spec: {host: '*.bar.svc.cluster.local'}\n"),
       {"namespace bar"}},
      {of("networking.istio.io/v1", "DestinationRule", "spec: {host: example.com}\n"), {}},
      {of("networking.istio.io/v1", "VirtualService",
          "spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v1}}]}]}\n"),
       {"service foo/web", "service foo/web", "subset web.foo.svc.cluster.local v1"}},
      {of("networking.istio.io/v1", "Sidecar",
          "spec: {egress: [{hosts: [bar/web.bar.svc.cluster.local, './*', '*/x']}]}\n"),
       {"namespace bar", "service bar/web", "namespace bar"}},
      {of("security.istio.io/v1", "AuthorizationPolicy",
          "spec:\n  selector: {matchLabels: {app: web}}\n  rules:\n  - from:\n    - source:\n"
          "        namespaces: [bar, 'b*']\n        principals: [cluster.local/ns/baz/sa/x, '*']\n"),
       {"namespace bar", "namespace baz", "label foo app=web"}},
      {of("apps/v1", "Deployment",
          "spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}\n"),
       {"label foo app=web", "label foo app=web"}},
      {of("policy/v1", "PodDisruptionBudget",
          "spec: {selector: {matchExpressions: [{key: app, operator: In, values: [web, shop]}]}}\n"),
       {"label foo app=web", "label foo app=shop"}},
      {of("gateway.networking.k8s.io/v1", "HTTPRoute",
          "spec: {rules: [{backendRefs: [{name: web}, {name: shop, namespace: bar}]}]}\n"),
       {"service foo/web", "namespace bar", "service bar/shop"}},
      {of("rbac.authorization.k8s.io/v1", "RoleBinding",
          "subjects: [{kind: ServiceAccount, name: x, namespace: bar}]\n"),
       {"namespace bar"}},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    List expected = each.mentions;
    expected.insert(expected.begin(), "namespace foo");
    CHECK(all(each.text) == expected);
  }
}

TEST_CASE("mentions: documents, lists, quotes, escapes and aliases") {
  CHECK(all("apiVersion: v1\nkind: Namespace\nmetadata: {name: foo}\n---\nkind: [\n---\napiVersion: v1\n"
            "kind: Service\nmetadata: {name: \"web\"}\n") == List{"namespace foo!", "service default/web!"});
  CHECK_FALSE(checks::mentions_in("a: [\n", {}).complete);
  CHECK(
      all("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n") ==
      List{"service default/a!"});
  CHECK(all("apiVersion: v1\nkind: X\nmetadata: {namespace: &n foo}\nspec: {labels: {a: *n, b: "
            "\"\\x66oo\"}}\n") ==
        List{"namespace foo", "label foo a=foo as *n?", "label foo b=foo as \\x66oo?"});
  CHECK(all("services: {web: {labels: {a: b}}}\n").empty());
}

TEST_CASE("mentions: what is pointed at") {
  const std::string text = of("networking.istio.io/v1", "DestinationRule",
                              "spec:\n  host: web.bar.svc.cluster.local\n  subsets: [{labels: {app: a}}]\n");
  const auto mentions = checks::mentions_in(text, {});
  const auto at = [&](std::string_view needle) -> std::string {
    const auto* mention = checks::mention_at(mentions, static_cast<std::uint32_t>(text.find(needle)));
    return mention == nullptr ? "" : shown(*mention, text);
  };
  CHECK(at("web.bar") == "service bar/web");
  CHECK(at("bar.svc") == "namespace bar");
  CHECK(at("svc.cluster").empty());
  CHECK(at("app: a") == "label bar app=a");
  CHECK(at("a}}]") == "label bar app=a");
  CHECK(at("host").empty());
}

TEST_CASE("links: files of a kustomization, and codes in comments") {
  const std::string text =
      "resources: [a.yaml, ../base]\ncomponents:\n- ../c\npatches:\n- path: p.yaml\n- patch: |\n    x\n"
      "patchesStrategicMerge:\n- |\n  kind: X\nconfigMapGenerator:\n- files: [k=f.txt]\n";
  List paths;
  for (const auto& file : checks::files_of_kustomization(text)) {
    paths.push_back(file.path);
    CHECK(text.substr(file.range.begin, file.range.size()) == file.path);
  }
  CHECK(paths == List{"a.yaml", "../base", "../c", "p.yaml", "f.txt"});
  CHECK(checks::files_of_kustomization("resources: [").empty());
  CHECK(checks::files_of_kustomization("[]").empty());
  const std::string comment = "a: 1 # istio-mtls: ignore TIS0208, X1 TIS0503 -- TIS0201\n";
  List codes;
  for (const auto& code : checks::codes_in_comments(comment)) {
    codes.push_back(comment.substr(code.range.begin, code.range.size()));
    CHECK(code.page.starts_with("https://"));
  }
  CHECK(codes == List{"TIS0208", "TIS0503"});
}
