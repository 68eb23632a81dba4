// What an editor's settings say, and what is said of those that say nothing.
#include "lsp/editor_settings.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using lsp::EditorSettings;
using lsp::read_editor_settings;
using nlohmann::json;

namespace {

EditorSettings read(const char* text) { return read_editor_settings(json::parse(text)); }

std::vector<std::string> problems(const char* text) { return read(text).problems; }

}  // namespace

TEST_CASE("editor settings: every key is read") {
  const EditorSettings editor = read(R"({"istioMtls": {
    "rootNamespace": "istio-config", "enableAutoMtls": false, "clusterDomain": "corp.example",
    "defaultDestinationRuleExportTo": [".", "foo"], "defaultNamespace": "apps", "separateTIS0207": true,
    "exclude": ["**/testdata/**", "vendor"], "severity": {"TIS0503": "warning", "TIS0201": false},
    "limits": {"fileSize": "128MiB", "depth": 300}, "followLinks": true, "helm": true,
    "charts": [{"path": "shop", "release": "r", "namespace": "n", "values": ["v.yaml"], "meshes": ["m"]}],
    "snapshot": "s.json", "build": "overlays/prod", "clusterRefresh": 5, "inlayHints": false,
    "codeLens": false, "diagnosticsDelay": 0, "schemaHelp": false, "diagnostics": "pull"}})");
  CHECK(editor.problems.empty());
  const workspace::Settings& settings = editor.settings;
  CHECK(settings.root_namespace == "istio-config");
  CHECK(settings.enable_auto_mtls == false);
  CHECK(settings.cluster_domain == "corp.example");
  CHECK(settings.default_rule_export_to == std::vector<std::string>{".", "foo"});
  CHECK(settings.default_namespace == "apps");
  CHECK(settings.separate_tis0207 == true);
  CHECK(settings.exclude == std::vector<std::string>{"**/testdata/**", "vendor"});
  CHECK(settings.severity ==
        std::map<std::string, workspace::SeverityOverride>{{"TIS0503", workspace::SeverityOverride::Warning},
                                                           {"TIS0201", workspace::SeverityOverride::Off}});
  CHECK(settings.limits ==
        workspace::LimitValues{{workspace::Limit::FileSize, 134217728}, {workspace::Limit::Depth, 300}});
  CHECK(settings.follow_links == true);
  CHECK(settings.helm == true);
  CHECK(settings.charts == std::vector<workspace::ChartInstallation>{{"shop", "r", "n", {"v.yaml"}, {"m"}}});
  CHECK(settings.cluster == workspace::ClusterSource{"", "s.json", false});
  CHECK(editor.build == "overlays/prod");
  CHECK(editor.cluster_refresh == std::chrono::minutes(5));
  CHECK_FALSE(editor.shows_hints);
  CHECK_FALSE(editor.shows_lenses);
  CHECK(editor.diagnostics_delay == std::chrono::milliseconds(0));
  CHECK(editor.schema_help == lsp::SchemaHelpWhen::Never);
  CHECK(editor.pull == true);
}

TEST_CASE("editor settings: what nobody touched is not set, and keys of others are left alone") {
  for (const char* text : {"null", "{}", R"({"istioMtls": null})", R"({"server": {"path": 5}, "colour": 1})",
                           R"({"rootNamespace": "", "limits": {"depth": "", "x": null}, "clusterRefresh": "",
                               "schemaHelp": "auto", "diagnostics": "auto", "diagnosticsDelay": null,
                               "severity": {"TIS0208": null}, "exclude": [], "charts": null, "cluster": ""})"}) {
    const EditorSettings editor = read(text);
    CHECK(editor.problems.empty());
    CHECK(editor.settings == workspace::Settings{});
    CHECK(editor.shows_hints);
    CHECK(editor.diagnostics_delay == std::chrono::milliseconds(400));
    CHECK_FALSE(editor.pull);
  }
}

TEST_CASE("editor settings: bad values are reported by key, in the order of the table") {
  CHECK(problems("5") == std::vector<std::string>{"setting istioMtls: expected an object"});
  CHECK(problems(R"({"codeLens": 1, "inlayHints": "", "diagnosticsDelay": 10001, "diagnostics": "x",
    "schemaHelp": "x", "charts": 5, "helm": "true", "followLinks": 0, "clusterRefresh": 1.5,
    "snapshot": 1, "cluster": "a\nb", "build": 1, "limits": [], "severity": "off", "exclude": "a",
    "separateTIS0207": [], "defaultDestinationRuleExportTo": "*", "enableAutoMtls": "yes",
    "clusterDomain": "a..b", "defaultNamespace": "A", "rootNamespace": 5})") ==
        std::vector<std::string>{
            "setting istioMtls.rootNamespace: expected the name of a namespace",
            "setting istioMtls.defaultNamespace: expected the name of a namespace",
            "setting istioMtls.clusterDomain: expected a domain name",
            "setting istioMtls.enableAutoMtls: expected true or false",
            "setting istioMtls.defaultDestinationRuleExportTo: expected a list of namespaces",
            "setting istioMtls.separateTIS0207: expected true or false",
            "setting istioMtls.exclude: expected a list of globs",
            "setting istioMtls.severity: expected an object of code and severity",
            "setting istioMtls.limits: expected an object of limits and numbers",
            "setting istioMtls.build: expected the name of a build",
            "setting istioMtls.cluster: expected a context of kubectl, current or none",
            "setting istioMtls.snapshot: expected a file that 'istio-mtls-ls snapshot' wrote",
            "setting istioMtls.clusterRefresh: expected minutes, from 0 (off) to 1440",
            "setting istioMtls.followLinks: expected true or false",
            "setting istioMtls.helm: expected true or false",
            "setting istioMtls.charts: expected a list of charts",
            "setting istioMtls.schemaHelp: expected true, false or auto",
            "setting istioMtls.diagnostics: expected push, pull or auto",
            "setting istioMtls.diagnosticsDelay: expected milliseconds, from 0 (at once) to 10000",
            "setting istioMtls.inlayHints: expected true or false",
            "setting istioMtls.codeLens: expected true or false"});
}

TEST_CASE("editor settings: what is in a list or an object is reported, and the rest counts") {
  const EditorSettings editor = read(R"({
    "defaultDestinationRuleExportTo": ["a", "A"], "exclude": ["a", "", "!b"],
    "severity": {"TIS0208": "eror", "TIS0503": 5, "X": "hint"},
    "limits": {"depth": 401, "dept": 5, "documents": [1], "fileSize": 2048, "aliasedValues": 1.5},
    "charts": [{"path": "a", "x": 1}, {"path": ""}, {"path": "b", "values": [""]}, "c"],
    "cluster": "prod", "snapshot": "s.json"})");
  const std::string chart =
      "setting istioMtls.charts: expected a list of objects with path, release, namespace, values and meshes";
  CHECK(editor.problems ==
        std::vector<std::string>{
            "setting istioMtls.defaultDestinationRuleExportTo: expected a list of namespaces, '.' or '*'",
            "setting istioMtls.exclude: expected a list of globs",
            "setting istioMtls.exclude: a glob can't be negated",
            "setting istioMtls.severity.TIS0208: expected off, hint, information, warning or error",
            "setting istioMtls.severity.TIS0503: expected off, hint, information, warning or error",
            "setting istioMtls.limits.aliasedValues: expected a number from 0 to 1000000",
            "setting istioMtls.limits.dept: expected one of fileSize, documentSize, depth, aliasedValues, "
            "documents",
            "setting istioMtls.limits.depth: expected a number from 16 to 400",
            "setting istioMtls.limits.documents: expected a number from 1 to 1000000",
            "setting istioMtls.cluster: expected not to be set beside snapshot, which counts", chart, chart,
            chart});
  CHECK(editor.settings.default_rule_export_to == std::vector<std::string>{"a"});
  CHECK(editor.settings.exclude == std::vector<std::string>{"a"});
  CHECK(editor.settings.severity.size() == 1);
  CHECK(editor.settings.limits == workspace::LimitValues{{workspace::Limit::FileSize, 2048}});
  CHECK(editor.settings.charts == std::vector<workspace::ChartInstallation>{{"a", "", "", {}, {}}});
}

TEST_CASE("editor settings: no cluster is asked where none is named") {
  const EditorSettings editor = read(R"({"cluster": "none", "snapshot": "s.json"})");
  CHECK(editor.problems.empty());
  CHECK(editor.settings.cluster == workspace::ClusterSource{"", "s.json", true});
}
