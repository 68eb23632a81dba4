// What a rename makes of files, and when it is refused.
#include "checks/queries/rename.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "workspace/yaml/edit.h"

namespace {

using checks::Thing;
using checks::ThingKind;
using Files = std::map<std::string, std::string>;

// The files afterwards, with ", " between; or the problem.
std::string renamed(const Thing& thing, const std::string& name, const Files& files,
                    const checks::RenameScope& scope = {}) {
  if (std::string problem = checks::Rename::refused(thing, name, scope); !problem.empty()) return problem;
  checks::Rename rename(thing, name, scope);
  for (const auto& [path, text] : files) {
    if (!rename.add_file(path, path, text)) return rename.problem();
  }
  if (!rename.finish()) return rename.problem();
  std::map<std::string, std::vector<workspace::yaml::TextEdit>> edits;
  for (const checks::FileEdit& edit : rename.take_edits())
    edits[edit.file].push_back({edit.range, edit.new_text});
  std::string all;
  for (const auto& [path, text] : files)
    all += (all.empty() ? "" : ", ") + workspace::yaml::apply_edits(text, edits[path]);
  return all;
}

const Thing kNamespace{ThingKind::Namespace, {}, "foo", {}};
const Thing kService{ThingKind::Service, "foo", "web", {}};
const Thing kLabel{ThingKind::Label, "foo", "app", "web"};
const Thing kSubset{ThingKind::Subset, "web.foo.svc.cluster.local", "v1", {}};

std::string service(const std::string& rest = "") {
  return "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo}" + rest + "}";
}
std::string rule(const std::string& spec) {
  return "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {namespace: foo}, spec: {" +
         spec + "}}";
}

}  // namespace

TEST_CASE("rename: each kind of thing, wherever it is named") {
  CHECK(
      renamed(kNamespace, "bar",
              {{"a", service()},
               {"b", rule("host: web.foo.svc.cluster.local, exportTo: [foo, '.']")},
               {"c",
                "{apiVersion: v1, kind: Namespace, metadata: {name: \"foo\", labels: "
                "{kubernetes.io/metadata.name: foo, app: foo}}}"}}) ==
      "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: bar}}, "
      "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {namespace: bar}, spec: {host: "
      "web.bar.svc.cluster.local, exportTo: [bar, '.']}}, "
      "{apiVersion: v1, kind: Namespace, metadata: {name: \"bar\", labels: {kubernetes.io/metadata.name: "
      "bar, "
      "app: foo}}}");
  CHECK(renamed(kService, "shop", {{"a", service(", x: web")}, {"b", rule("host: web, x: web.foo")}}) ==
        "{apiVersion: v1, kind: Service, metadata: {name: shop, namespace: foo}, x: web}, "
        "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {namespace: foo}, spec: "
        "{host: shop, "
        "x: web.foo}}");
  CHECK(renamed(kLabel, "v.1", {{"a", service(", spec: {selector: {app: web, name: web}}")}})
            .ends_with("spec: {selector: {app: v.1, name: web}}}"));
  CHECK(
      renamed(kLabel, "1",
              {{"a", service(", spec: {selector: {app: web}}")},
               {"b", service(", spec: {selector: {app: 'web'}}")}}) ==
      "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo}, spec: {selector: {app: "
      "\"1\"}}}, "
      "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo}, spec: {selector: {app: '1'}}}");
  CHECK(renamed(kSubset, "v2", {{"a", rule("host: web, subsets: [{name: v1, labels: {version: v1}}]")}}) ==
        rule("host: web, subsets: [{name: v2, labels: {version: v1}}]"));
  // The same names of other things stay.
  CHECK(renamed(kLabel, "shop",
                {{"a",
                  "{apiVersion: v1, kind: Pod, metadata: {namespace: bar, labels: {app: "
                  "web}}}"}})
            .find("shop") == std::string::npos);
}

TEST_CASE("rename: texts that hold a Service's name with its namespace") {
  checks::RenameScope scope;
  scope.services = {"web"};
  const struct {
    std::string text;
    std::string of_service;
    std::string of_namespace;
  } cases[] = {
      {"http://web.foo:80/", "http://shop.foo:80/", "http://web.shop:80/"},
      {"web.foo.svc", "shop.foo.svc", "web.shop.svc"},
      {"x,web.foo.svc.cluster.local y", "x,shop.foo.svc.cluster.local y", "x,web.shop.svc.cluster.local y"},
      {"calls web.foo.", "calls shop.foo.", "calls web.shop."},
      {"a.web.foo", "a.web.foo", "a.web.foo"},
      {"web.foo.example.com", "web.foo.example.com", "web.foo.example.com"},
      {"web.food web-web.foo web.foo-a", "web.food web-web.foo web.foo-a", "web.food web-web.foo web.foo-a"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const std::string before = "{apiVersion: v1, kind: ConfigMap, data: {x: \"";
    const std::string made =
        renamed(kService, "shop", {{"a", before + each.text + "\"}}"}, {"b", service()}}, scope);
    CHECK(made.starts_with(before + each.of_service + "\"}}"));
    CHECK(renamed(kNamespace, "shop", {{"a", before + each.text + "\"}}"}}, scope) ==
          before + each.of_namespace + "\"}}");
  }
}

TEST_CASE("rename: refused where not every place is known, or the name cannot be") {
  const std::string gateway =
      "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {namespace: edge}, spec: {selector: "
      "{app: web}}}";
  const struct {
    Thing thing;
    std::string name;
    Files files;
    std::string_view problem;
  } cases[] = {
      {kNamespace,
       "Bar",
       {},
       "invalid name 'Bar': expected at most 63 small letters, digits and '-', between letters or digits"},
      {kNamespace,
       "",
       {},
       "invalid name '': expected at most 63 small letters, digits and '-', between letters or digits"},
      {kLabel,
       "a/b",
       {},
       "invalid name 'a/b': expected at most 63 letters, digits, '-', '_' and '.', between letters or "
       "digits"},
      {kSubset,
       "a.b",
       {},
       "invalid name 'a.b': expected at most 63 letters, digits and '-', between letters or digits"},
      {{ThingKind::Namespace, {}, "istio-system", {}},
       "x",
       {},
       "'istio-system' is the root namespace, which settings name"},
      {{ThingKind::Namespace, {}, "default", {}},
       "x",
       {},
       "resources that name no namespace are in 'default'"},
      {kNamespace,
       "bar",
       {{"a", service()}, {"b", "kind: [\napiVersion: v1\n# foo"}},
       "b: not valid YAML, so not all places are known"},
      {kNamespace,
       "bar",
       {{"a", "{apiVersion: v1, kind: X, metadata: {namespace: bar}}"}},
       "a: namespace 'bar' exists already"},
      {kService, "web2", {{"a", rule("host: web")}}, "Service 'foo/web' is defined in no file"},
      {kNamespace,
       "bar",
       {{"a", "{apiVersion: v1, kind: X, x: &n foo, metadata: {namespace: *n}}"}},
       "a: namespace 'foo' is written with escapes or through an alias"},
      {kLabel,
       "shop",
       {{"a", service(", spec: {selector: {app: web}}")}, {"b", gateway}},
       "b: selects pods of other namespaces, too, by 'app=web'"},
  };
  for (const auto& each : cases) CHECK(renamed(each.thing, each.name, each.files) == each.problem);
  checks::Rename rename(kService, "shop", {});
  CHECK(rename.add_build("overlays/prod",
                         "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}}"));
  CHECK_FALSE(rename.add_build("overlays/prod", service()));
  CHECK(rename.problem() ==
        "Service 'foo/web' is also in what overlays/prod builds, where not all places are known");
}
