#include "workspace/config/config_file.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using workspace::ConfigFile;
using workspace::read_config;
using workspace::Settings;
using workspace::SeverityOverride;

namespace {

// "line text at the range | message" of the only problem.
std::string only_problem(std::string_view text, std::span<const std::string_view> codes = {}) {
  const ConfigFile file = read_config(text, codes);
  if (file.problems.size() != 1) return std::to_string(file.problems.size()) + " problems";
  const workspace::ConfigProblem& problem = file.problems.front();
  return std::string(text.substr(problem.range.begin, problem.range.size())) + " | " + problem.message;
}

}  // namespace

TEST_CASE("every key of the contract is read") {
  const ConfigFile file = read_config(R"(
rootNamespace: istio-config
enableAutoMtls: false
clusterDomain: corp.example
defaultDestinationRuleExportTo: [., foo]
defaultNamespace: apps
separateTIS0207: true
exclude: ["**/testdata/**", vendor]
severity: {TIS0503: warning, TIS0201: off, TIS0001: "error", MTLS0006: hint, TIS0204: info, TIS0002: information}
)");
  CHECK(file.problems.empty());
  CHECK(file.meshes.empty());
  const Settings& settings = file.settings;
  CHECK(settings.root_namespace == "istio-config");
  CHECK(settings.enable_auto_mtls == false);
  CHECK(settings.cluster_domain == "corp.example");
  CHECK(settings.default_rule_export_to == std::vector<std::string>{".", "foo"});
  CHECK(settings.default_namespace == "apps");
  CHECK(settings.separate_tis0207 == true);
  CHECK(settings.exclude == std::vector<std::string>{"**/testdata/**", "vendor"});
  CHECK(settings.severity ==
        std::map<std::string, SeverityOverride>{{"TIS0503", SeverityOverride::Warning},
                                                {"TIS0201", SeverityOverride::Off},
                                                {"TIS0001", SeverityOverride::Error},
                                                {"MTLS0006", SeverityOverride::Hint},
                                                {"TIS0204", SeverityOverride::Information},
                                                {"TIS0002", SeverityOverride::Information}});
}

TEST_CASE("what says nothing is no problem") {
  for (const char* text :
       {"", "# only a comment\n", "---\n", "\xEF\xBB\xBF", "rootNamespace:\nmeshes: []\nexclude: ~\n"}) {
    const ConfigFile file = read_config(text);
    CHECK(file.problems.empty());
    CHECK(file.settings == Settings{});
  }
}

TEST_CASE("unknown keys and bad values are reported where they stand, and the rest counts") {
  CHECK(only_problem("rootNamspace: x") ==
        "rootNamspace | unknown key 'rootNamspace'; did you mean 'rootNamespace'?");
  CHECK(only_problem("colour: x") == "colour | unknown key 'colour'");
  CHECK(only_problem("include: [x]") == "include | unknown key 'include'; did you mean 'exclude'?");
  CHECK(only_problem("rootNamespace: Istio_System") ==
        "Istio_System | rootNamespace: expected the name of a namespace, found 'Istio_System'");
  CHECK(only_problem("rootNamespace: [a]") ==
        "[a] | rootNamespace: expected the name of a namespace, found a list");
  CHECK(only_problem("enableAutoMtls: yes") == "yes | enableAutoMtls: expected true or false, found 'yes'");
  CHECK(only_problem("enableAutoMtls: 'true'") ==
        "true | enableAutoMtls: expected true or false, found 'true'");
  CHECK(only_problem("clusterDomain: cluster..local") ==
        "cluster..local | clusterDomain: expected a domain such as cluster.local, found 'cluster..local'");
  CHECK(only_problem("exclude: testdata") ==
        "testdata | exclude: expected a list of globs, found 'testdata'");
  CHECK(only_problem("exclude: [a, {b: c}]") == "{b: c} | exclude: expected a glob, found a mapping");
  CHECK(only_problem("exclude: ['!a']") == "!a | exclude: a glob can't be negated");
  CHECK(only_problem("severity: off") ==
        "off | severity: expected a mapping of codes to severities, found 'off'");
  CHECK(only_problem("severity: {TIS0208: eror}") ==
        "eror | severity of TIS0208: expected off, hint, information, warning or error, found 'eror'; "
        "did you mean 'error'?");
  CHECK(only_problem("severity: {TIS208: error}") == "TIS208 | severity: unknown code 'TIS208'");
  CHECK(only_problem("meshes: prod") == "prod | meshes: expected a list of meshes, found 'prod'");
  CHECK(only_problem("- a") == "- a | expected a mapping of settings, found a list");
  CHECK(
      only_problem("rootNamespace: a\n---\nrootNamespace: b\n").ends_with("only the first document counts"));

  const ConfigFile file = read_config("clusterDomian: x\nrootNamespace: mesh\n");
  CHECK(file.problems.size() == 1);
  CHECK(file.settings.root_namespace == "mesh");
}

TEST_CASE("codes are checked against the known ones where those are given") {
  constexpr std::array<std::string_view, 2> kCodes = {"MTLS0001", "TIS0208"};
  CHECK(only_problem("severity: {TIS0280: off}", kCodes) ==
        "TIS0280 | severity: unknown code 'TIS0280'; did you mean 'TIS0208'?");
  CHECK(read_config("severity: {TIS0208: off}", kCodes).problems.empty());
}

TEST_CASE("broken YAML is one problem with its place, never a failure") {
  const ConfigFile file = read_config("rootNamespace: a\nexclude: [b\n");
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].range.begin >= 17);
  CHECK(file.problems[0].is_unread);
  CHECK_FALSE(read_config("rootNamspace: a\n").problems[0].is_unread);
  CHECK(file.settings == Settings{});
}

TEST_CASE("ranges count from the start of the file, a marker and a BOM included") {
  const std::string text = "\xEF\xBB\xBF# settings\n---\ncolour: red\n";
  const ConfigFile file = read_config(text);
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].range.begin == text.find("colour"));
}

TEST_CASE("meshes have names, globs and the folder's keys") {
  const ConfigFile file = read_config(R"(
rootNamespace: istio-system
exclude: [a]
severity: {TIS0208: warning, TIS0503: off}
meshes:
  - name: prod
    include: ["clusters/prod/**", "base/**"]
    rootNamespace: istio-prod
    exclude: [b]
    severity: {TIS0208: error}
  - name: staging
    include: ["clusters/staging/**"]
)");
  CHECK(file.problems.empty());
  Settings over;
  over.exclude = {"c"};
  over.cluster_domain = "other.local";
  const std::vector<workspace::MeshSettings> meshes = resolve_meshes(file, over);
  REQUIRE(meshes.size() == 2);
  CHECK(meshes[0].name == "prod");
  CHECK(meshes[0].include == std::vector<std::string>{"clusters/prod/**", "base/**"});
  CHECK(meshes[0].settings.root_namespace == "istio-prod");
  CHECK(meshes[0].settings.cluster_domain == "other.local");
  CHECK(meshes[0].settings.exclude == std::vector<std::string>{"c", "b", "a"});
  CHECK(meshes[0].settings.severity.at("TIS0208") == SeverityOverride::Error);
  CHECK(meshes[0].settings.severity.at("TIS0503") == SeverityOverride::Off);
  CHECK(meshes[1].settings.root_namespace == "istio-system");
}

TEST_CASE("without meshes the folder is one, named default") {
  const auto meshes = resolve_meshes(read_config("rootNamespace: a"), {});
  REQUIRE(meshes.size() == 1);
  CHECK(meshes[0].name == "default");
  CHECK(meshes[0].include.empty());
  CHECK(meshes[0].settings.root_namespace == "a");
}

TEST_CASE("a mesh that can't be told from others is left out and reported") {
  CHECK(only_problem("meshes: [{include: [a]}]").ends_with("| meshes: a mesh needs a name"));
  CHECK(only_problem("meshes: [{name: a}, {name: a}]") == "a | meshes: the name 'a' is given twice");
  CHECK(only_problem("meshes: [prod]") ==
        "prod | meshes: expected a mapping with name, and include or builds, found 'prod'");
  CHECK(only_problem("meshes: [{name: a, includes: [b]}]") ==
        "includes | unknown key 'includes'; did you mean 'include'?");
}

TEST_CASE("what holds for the folder cannot be set for a mesh") {
  for (const char* key : {"limits", "charts"}) {
    CHECK(only_problem(std::string("meshes: [{name: a, ") + key + ": x}]") ==
          std::string(key) + " | " + key + ": hold for the whole folder, and can't be set for a mesh");
  }
  for (const char* key : {"helm", "followLinks", "baseline"}) {
    CHECK(only_problem(std::string("meshes: [{name: a, ") + key + ": x}]") ==
          std::string(key) + " | " + key + ": holds for the whole folder, and can't be set for a mesh");
  }
}

TEST_CASE("limits are read, of the folder only, and bad ones are reported where they stand") {
  const ConfigFile file = read_config(
      "limits: {fileSize: 128MiB, documentSize: 1048576, depth: 300, aliasedValues: 0, documents: ~}\n"
      "meshes: [{name: prod}]\n");
  CHECK(file.problems.empty());
  CHECK(file.settings.limits == workspace::LimitValues{{workspace::Limit::FileSize, 134217728},
                                                       {workspace::Limit::DocumentSize, 1048576},
                                                       {workspace::Limit::Depth, 300},
                                                       {workspace::Limit::AliasedValues, 0}});
  CHECK(only_problem("limits: {depth: 401}") ==
        "401 | limits.depth: expected a number from 16 to 400, found '401'");
  CHECK(only_problem("limits: {documents: many}") ==
        "many | limits.documents: expected a number from 1 to 1000000, found 'many'");
  CHECK(only_problem("limits: {fileSize: 64MB}") ==
        "64MB | limits.fileSize: expected a size from 1KiB to 1GiB, in bytes or as in 64MiB, found '64MB'");
  CHECK(only_problem("limits: {dept: 100}") == "dept | limits: unknown limit 'dept'; did you mean 'depth'?");
  CHECK(only_problem("limits: 5") == "5 | limits: expected a mapping of limits to numbers, found '5'");
  CHECK(only_problem("meshes: [{name: a, limits: {depth: 100}}]") ==
        "limits | limits: hold for the whole folder, and can't be set for a mesh");
  CHECK(read_config("limits: {depth: 401, documents: 7}").settings.limits ==
        workspace::LimitValues{{workspace::Limit::Documents, 7}});
}

TEST_CASE("limits are layered one by one") {
  Settings over;
  over.limits = {{workspace::Limit::Depth, 100}};
  Settings under;
  under.limits = {{workspace::Limit::Depth, 300}, {workspace::Limit::Documents, 5}};
  CHECK(layered(over, under).limits ==
        workspace::LimitValues{{workspace::Limit::Depth, 100}, {workspace::Limit::Documents, 5}});
}

// The limits of manifests, which are settings, do not hold for the file that sets them.
TEST_CASE("a configuration that nests too deep is told so without naming a setting") {
  CHECK(only_problem("exclude: " + std::string(300, '[') + std::string(300, ']')) ==
        " | nested more than 200 levels deep");
}
