// Repositories, and which meshes are found in them. A repository is text: `== path` begins a file, whose
// lines are YAML or short for a document ("PA shop/default STRICT").
#include "workspace/sources/mesh_planner.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "tests/kustomize/memory_reader.h"
#include "workspace/base/uri.h"
#include "workspace/sources/kustomize.h"
#include "workspace/yaml/reader.h"

using workspace::BuildRequest;
using workspace::MeshPlan;
using workspace::PlanInput;
using workspace::PlanUnit;

namespace {

using Files = std::map<std::string, std::string>;

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

std::string metadata(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return fmt::format("metadata:\n  name: {}\n", name);
  return fmt::format("metadata:\n  name: {}\n  namespace: {}\n", name.substr(slash + 1),
                     name.substr(0, slash));
}

// The document that a line is short for; empty: the line is YAML.
std::string document(const std::string& line) {
  const auto parts = words(line);
  if (parts.empty()) return {};
  const auto part = [&parts](std::size_t i) { return i < parts.size() ? parts[i] : std::string(); };
  const std::string head = parts.size() > 1 ? metadata(parts[1]) : "";
  if (parts[0] == "PA")
    return fmt::format(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n{}spec:\n  mtls:\n    mode: {}\n", head,
        part(2));
  if (parts[0] == "DR")
    return fmt::format("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n{}spec:\n  host: {}\n",
                       head, part(2));
  if (parts[0] == "NS")
    return fmt::format("apiVersion: v1\nkind: Namespace\n{}  labels:\n    istio-injection: {}\n", head,
                       part(2));
  if (parts[0] == "APP") {  // name, repository, path, cluster
    return fmt::format(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n{}spec:\n  source:\n    repoURL: "
        "https://git.example.com/{}.git\n    path: {}\n  destination:\n    name: {}\n    namespace: shop\n",
        head, part(2), part(3), part(4).empty() ? "in-cluster" : part(4));
  }
  if (parts[0] == "FLUX") {  // name, path
    return fmt::format(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n{}spec:\n  path: {}\n  "
        "sourceRef:\n    "
        "kind: GitRepository\n    name: flux-system\n",
        head, part(2));
  }
  if (parts[0] == "HELM")
    return fmt::format("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n{}spec:\n  chart: {{}}\n",
                       head);
  if (parts[0] == "KUSTOMIZE") {  // resources
    std::string text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n";
    for (std::size_t i = 1; i < parts.size(); ++i) text += fmt::format("- {}\n", parts[i]);
    return text;
  }
  return {};
}

Files repository(std::string_view text) {
  Files files;
  std::istringstream in{std::string(text)};
  std::string* file = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      file = &files["/w/" + line.substr(3)];
      continue;
    }
    if (file == nullptr) continue;
    const std::string made = document(line);
    if (!made.empty()) {
      if (!file->empty()) *file += "---\n";
      *file += made;
    } else {
      *file += line + "\n";
    }
  }
  return files;
}

Files fixture(const std::string& name) {
  const std::filesystem::path root = std::filesystem::path(FIXTURES_DIR) / "repositories" / name;
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path());
    std::ostringstream text;
    text << in.rdbuf();
    files["/w/" + std::filesystem::relative(entry.path(), root).generic_string()] = text.str();
  }
  REQUIRE_FALSE(files.empty());
  return files;
}

bool is_kustomization(const std::string& path, const std::string& text) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return std::find(std::begin(workspace::kKustomizationNames), std::end(workspace::kKustomizationNames),
                   name) != std::end(workspace::kKustomizationNames) &&
         text.find("toolkit.fluxcd.io") == std::string::npos;
}

workspace::PlannedKustomization kustomization(const std::string& path, const Files& files) {
  workspace::PlannedKustomization made;
  made.path = path;
  const auto read = workspace::yaml::read_any_yaml(files.at(path));
  const auto root = std::get<workspace::yaml::Document>(read).root();
  made.is_component = root["kind"].text() == "Component";
  const auto add = [&](const workspace::yaml::Value& item, bool is_resource) {
    const std::string target =
        workspace::normal_path(fmt::format("{}/{}", workspace::parent_path(path), item.text()));
    if (!files.contains(target)) {
      made.folders.push_back(target);
    } else {
      (is_resource ? made.resources : made.others).push_back(target);
    }
  };
  for (const char* key : {"resources", "bases", "components"}) {
    for (const auto& item : root[key].items()) add(item, true);
  }
  for (const auto& item : root["patches"].items()) add(item["path"], false);
  return made;
}

// What a program that uses the planner does.
class Workspace {
 public:
  explicit Workspace(const Files& files, bool reversed) : files_(files) {
    input.root = "/w";
    for (const auto& [path, text] : files) {
      if (path.ends_with("/Chart.yaml")) {
        input.charts.push_back({workspace::parent_path(path), false});
        continue;
      }
      input.files.push_back({path, workspace::read_facts(text)});
      if (is_kustomization(path, text)) input.kustomizations.push_back(kustomization(path, files));
    }
    if (reversed) {
      std::reverse(input.files.begin(), input.files.end());
      std::reverse(input.kustomizations.begin(), input.kustomizations.end());
      std::reverse(input.charts.begin(), input.charts.end());
    }
    requests = workspace::plan_builds(input);
    std::set<std::string> built;
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      units.push_back(build(i));
      built.insert(units.back().files.begin(), units.back().files.end());
    }
    for (const auto& file : input.files) {
      if (built.contains(file.path) || is_kustomization(file.path, files.at(file.path))) continue;
      PlanUnit unit;
      unit.path = file.path;
      unit.facts = file.facts;
      units.push_back(std::move(unit));
    }
    if (reversed) std::reverse(units.begin(), units.end());
    plan = workspace::plan_meshes(input, units);
  }

  [[nodiscard]] std::string relative(const std::string& path) const {
    return path == "/w/" ? "." : path.substr(std::string("/w/").size());
  }
  // The builds and the plan, as the tests write them.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const BuildRequest& request : requests) {
      if (!says_something(request)) continue;
      all += fmt::format("build {}:", request.name);
      for (const auto& file : request.files) all += " " + relative(file);
      for (const auto& folder : request.folders) all += " " + relative(folder) + "/";
      if (!request.default_namespace.empty()) all += " default=" + request.default_namespace;
      if (!request.target_namespace.empty()) all += " namespace=" + request.target_namespace;
      for (const auto& value : request.substitutions) all += fmt::format(" {}={}", value.name, value.value);
      for (const auto& from : request.substitute_from)
        all += " from=" + relative(input.files[from.file].path);
      all += "\n";
    }
    for (const auto& mesh : plan.meshes) {
      std::set<std::string> paths;
      for (const std::uint32_t unit : mesh.units) paths.insert(name_of(unit));
      all += fmt::format("{}:", mesh.name);
      for (const auto& path : paths) all += " " + path;
      if (mesh.partial) all += " (partial)";
      if (mesh.unrendered_charts) all += " (charts)";
      all += "\n";
    }
    for (const auto& file : plan.unlisted) {
      all += fmt::format("unlisted {}: {}\n", name_of(file.unit),
                         relative(input.kustomizations[file.kustomization].path));
    }
    for (const auto& unseen : plan.unseen) {
      static const char* const kKinds[] = {"release",      "chart",        "other repository",
                                           "missing path", "unknown path", "generator"};
      all += fmt::format("unseen {}: {}\n", relative(input.files[unseen.place.file].path),
                         kKinds[static_cast<std::size_t>(unseen.kind)]);
    }
    return all;
  }
  [[nodiscard]] std::string alternatives() const {
    std::set<std::string> lines;
    for (const auto& resource : plan.alternatives) {
      std::set<std::string> places;
      for (const auto& place : resource.definitions) {
        const auto& facts = *units[place.file].facts->documents[place.document].facts;
        places.insert(fmt::format("{}#{}", name_of(place.file),
                                  workspace::metadata_of(facts.resources[place.resource]).name.value.view()));
      }
      std::string line;
      for (const auto& place : places) line += place + " ";
      lines.insert(line);
    }
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    return all;
  }

  PlanInput input;
  std::vector<BuildRequest> requests;
  std::vector<PlanUnit> units;
  MeshPlan plan;

 private:
  static bool says_something(const BuildRequest& request) {
    return request.is_synthetic || !request.default_namespace.empty() || !request.target_namespace.empty() ||
           request.substitutes;
  }
  [[nodiscard]] std::string name_of(std::uint32_t unit) const {
    return units[unit].is_build && units[unit].request < requests.size()
               ? requests[units[unit].request].name + "/"
               : relative(units[unit].path);
  }

  PlanUnit build(std::uint32_t index) const {
    const BuildRequest& request = requests[index];
    tests::MemoryReader reader;
    for (const auto& [path, text] : files_) reader.add(path, text);
    if (request.is_synthetic) {
      std::string text = "resources:\n";
      const std::size_t prefix = request.folder.size() + 1;
      for (const auto& file : request.files) text += fmt::format("- {}\n", file.substr(prefix));
      for (const auto& folder : request.folders) text += fmt::format("- {}\n", folder.substr(prefix));
      if (!request.target_namespace.empty()) text += fmt::format("namespace: {}\n", request.target_namespace);
      reader.add(request.folder + "/kustomization.yaml", text);
    }
    workspace::Kustomizer kustomizer(reader);
    const workspace::Build built = kustomizer.build(request.folder);
    PlanUnit unit;
    unit.path = request.folder + "/";
    unit.is_build = true;
    unit.partial = built.partial;
    unit.refused = built.refused;
    unit.request = index;
    std::string text;
    for (const auto& made : built.documents) (text += "---\n") += made.text();
    unit.facts = workspace::read_facts(text);
    for (const auto& path : *built.looked_at) {
      if (files_.contains(path)) unit.files.push_back(path);
    }
    return unit;
  }

  const Files& files_;
};

std::string planned(const Files& files) {
  const std::string text = Workspace(files, false).text();
  CHECK(Workspace(files, true).text() == text);  // in whatever order
  return "\n" + text;
}
std::string planned(std::string_view text) { return planned(repository(text)); }

std::string alternatives(std::string_view text) {
  const Files files = repository(text);
  const std::string all = Workspace(files, false).alternatives();
  CHECK(Workspace(files, true).alternatives() == all);
  return "\n" + all;
}

}  // namespace

// ---------------------------------------------------------------- point 2

TEST_CASE("what contradicts nowhere is one mesh") {
  CHECK(
      planned(
          "== a.yaml\nPA shop/default STRICT\n== b/c.yaml\nDR shop/db db\n== b/d.yaml\nNS shop enabled\n") ==
      "\ndefault: a.yaml b/c.yaml b/d.yaml\n");
  CHECK(planned("") == "\n");
}

TEST_CASE("folders that contradict are alternatives, each with what is in none") {
  CHECK(planned("== common.yaml\nDR shop/db db\n== dev/p.yaml\nPA shop/default PERMISSIVE\n"
                "== dev/q.yaml\nDR shop/web web\n== prod/p.yaml\nPA shop/default STRICT\n") == R"(
dev: common.yaml dev/p.yaml dev/q.yaml
prod: common.yaml prod/p.yaml
)");
}

TEST_CASE("files that contradict are alternatives") {
  CHECK(planned("== app.yaml\nDR shop/db db\n== enable.yaml\nPA shop/default STRICT\n"
                "== disable.yaml\nPA shop/default DISABLE\n") == R"(
disable.yaml: app.yaml disable.yaml
enable.yaml: app.yaml enable.yaml
)");
}

TEST_CASE("equal copies, and copies in one file, are no alternatives") {
  CHECK(planned("== a/p.yaml\nPA shop/default STRICT\n== b/p.yaml\nPA shop/default STRICT\n") ==
        "\ndefault: a/p.yaml b/p.yaml\n");
  CHECK(planned("== p.yaml\nPA shop/default STRICT\nPA shop/default DISABLE\n") == "\ndefault: p.yaml\n");
  // What is written first counts.
  CHECK(planned("== a.yaml\nPA shop/default STRICT\nPA shop/default DISABLE\n== b.yaml\nPA shop/default "
                "STRICT\n") == "\ndefault: a.yaml b.yaml\n");
}

TEST_CASE("policies without selector of one namespace are one resource, whose content is the mode") {
  CHECK(planned("== a.yaml\nPA shop/x STRICT\n== b.yaml\nPA shop/y DISABLE\n== c.yaml\nPA web/z DISABLE\n") ==
        R"(
a.yaml: a.yaml c.yaml
b.yaml: b.yaml c.yaml
)");
  CHECK(planned("== a.yaml\nPA shop/x STRICT\n== b.yaml\nPA shop/y STRICT\n") ==
        "\ndefault: a.yaml b.yaml\n");
  CHECK(alternatives(
            "== a.yaml\nPA shop/x STRICT\n== b.yaml\nPA shop/y DISABLE\n== c.yaml\nPA shop/x STRICT\n") ==
        "\na.yaml#x b.yaml#y c.yaml#x \n");
}

TEST_CASE("of a missing namespace the default counts") {
  CHECK(planned("== a.yaml\nDR x a\n== b.yaml\nDR default/x b\n") == "\na.yaml: a.yaml\nb.yaml: b.yaml\n");
  CHECK(planned("== a.yaml\nDR x a\n== b.yaml\nDR default/x a\n== c.yaml\nDR y/x c\n") ==
        "\ndefault: a.yaml b.yaml c.yaml\n");
}

TEST_CASE("some kinds make no alternatives") {
  CHECK(planned("== a.yaml\nNS shop enabled\n== b.yaml\nNS shop disabled\n") == "\ndefault: a.yaml b.yaml\n");
  const std::string config =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |\n    ";
  CHECK(planned("== a.yaml\n" + config + "enableAutoMtls: false\n== b.yaml\n" + config +
                "enableAutoMtls: true\n") == "\ndefault: a.yaml b.yaml\n");
  const std::string gateway =
      "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: {selector: {istio: ";
  CHECK(planned("== a.yaml\n" + gateway + "x}}\n== b.yaml\n" + gateway + "y}}\n") ==
        "\ndefault: a.yaml b.yaml\n");
}

TEST_CASE("nothing rests on texts that are to be substituted") {
  CHECK(planned("== a.yaml\nDR x ${HOST}\n== b.yaml\nDR x b\n") == "\ndefault: a.yaml b.yaml\n");
  CHECK(planned("== a.yaml\nDR x ${HOST}\n== b.yaml\nDR x b\n== c.yaml\nDR x c\n") ==
        "\nb.yaml: a.yaml b.yaml\nc.yaml: a.yaml c.yaml\n");
  CHECK(planned("== a.yaml\nPA x/a ${MODE}\n== b.yaml\nPA x/a STRICT\n") == "\ndefault: a.yaml b.yaml\n");
  // Equal texts are equal.
  CHECK(planned("== a.yaml\nDR ${NS}/x a\n== b.yaml\nDR ${NS}/x b\n== c.yaml\nDR shop/x c\n") ==
        "\na.yaml: a.yaml c.yaml\nb.yaml: b.yaml c.yaml\n");
}

TEST_CASE("an alternative that holds alternatives is divided, each with what they share") {
  CHECK(
      planned(
          "== dev/p.yaml\nPA shop/default DISABLE\n== dev/eu/r.yaml\nDR a/x eu\n== dev/us/r.yaml\nDR a/x us\n"
          "== prod/p.yaml\nPA shop/default STRICT\n== all.yaml\nDR b/y y\n") == R"(
eu: all.yaml dev/eu/r.yaml dev/p.yaml
prod: all.yaml prod/p.yaml
us: all.yaml dev/p.yaml dev/us/r.yaml
)");
}

TEST_CASE("alternatives of one name go together where they do not contradict, and never with their rivals") {
  CHECK(planned("== a/dev.yaml\nPA a/x STRICT\n== a/prod.yaml\nPA a/x DISABLE\n"
                "== b/dev.yaml\nPA b/x STRICT\n== b/prod.yaml\nPA b/x DISABLE\n") == R"(
dev.yaml: a/dev.yaml b/dev.yaml
prod.yaml: a/prod.yaml b/prod.yaml
)");
  // Of one name, and in alternatives of one folder.
  CHECK(planned(
            "== dev/one/r.yaml\nDR a/x 1\n== dev/two/r.yaml\nDR a/x 2\n"
            "== prod/one/r.yaml\nDR a/x 3\n== prod/two/r.yaml\nDR b/y 4\n== prod/three/r.yaml\nDR b/y 5\n") ==
        R"(
dev/two: dev/two/r.yaml
one: dev/one/r.yaml
prod/two: prod/one/r.yaml prod/two/r.yaml
three: prod/one/r.yaml prod/three/r.yaml
)");
}

TEST_CASE("roots that reach one file are alternatives, components aside") {
  const std::string base = "== base/kustomization.yaml\nKUSTOMIZE r.yaml\n== base/r.yaml\nDR x x\n";
  const std::string overlays =
      "== o/a/kustomization.yaml\nnamespace: a\nresources: [../../base]\n"
      "== o/b/kustomization.yaml\nnamespace: b\nresources: [../../base]\n== plain.yaml\nPA shop/default "
      "STRICT\n";
  CHECK(planned(base + overlays) == "\na: o/a/ plain.yaml\nb: o/b/ plain.yaml\n");
  CHECK(planned("== base/kustomization.yaml\nkind: Component\nresources: [r.yaml]\n== base/r.yaml\nDR x x\n"
                "== o/a/kustomization.yaml\nnamespace: a\ncomponents: [../../base]\n"
                "== o/b/kustomization.yaml\nnamespace: b\ncomponents: [../../base]\n") ==
        "\ndefault: o/a/ o/b/\n");
}

TEST_CASE("a build stands in its folder as a file does") {
  CHECK(planned("== k/kustomization.yaml\nKUSTOMIZE p.yaml\n== k/p.yaml\nPA shop/default STRICT\n"
                "== l/p.yaml\nPA shop/default DISABLE\n") == "\nk: k/\nl: l/p.yaml\n");
}

TEST_CASE("more than 100 alternatives are a collection: each stands for itself") {
  std::string text = "== common/a.yaml\nDR a/x a\n";
  std::string expected = "\n";
  for (int i = 100; i < 201; ++i) text += fmt::format("== c/{}.yaml\nDR shop/x {}\n", i, i);
  for (int i = 100; i < 201; ++i) expected += fmt::format("{}.yaml: c/{}.yaml\n", i, i);
  CHECK(planned(text) == expected + "default: common/a.yaml\n");
  // Of the workspace.
  text = "== common/a.yaml\nDR a/x a\n";
  expected = "\n";
  for (int i = 100; i < 151; ++i) {
    text += fmt::format("== {0}/one{0}.yaml\nDR n{0}/x 1\n== {0}/two{0}.yaml\nDR n{0}/x 2\n", i);
    expected += fmt::format("one{0}.yaml: {0}/one{0}.yaml\n", i);
  }
  expected.insert(1, "default: common/a.yaml\n");
  for (int i = 100; i < 151; ++i) expected += fmt::format("two{0}.yaml: {0}/two{0}.yaml\n", i);
  CHECK(planned(text) == expected);
}

TEST_CASE("test data is a mesh a file") {
  CHECK(planned("== a.yaml\nDR a/x a\n== t/testdata/a.yaml\nDR a/x b\n== t/testdata/b/c.yaml\nDR b/y c\n"
                "== testdata.yaml\nDR b/y y\n") == R"(
a.yaml: t/testdata/a.yaml
c.yaml: t/testdata/b/c.yaml
default: a.yaml testdata.yaml
)");
  // Where two have one name, their places.
  CHECK(planned("== testdata/a/x.yaml\nDR a/x a\n== testdata/b/x.yaml\nDR a/x b\n") == R"(
testdata/a/x.yaml: testdata/a/x.yaml
testdata/b/x.yaml: testdata/b/x.yaml
)");
  CHECK(planned("== a.yaml\nDR a/x a\n== t/testdata/b.yaml\nDR a/x b\n== t/testdata/k/kustomization.yaml\n"
                "KUSTOMIZE r.yaml\n== t/testdata/k/r.yaml\nDR b/y c\n== testdata.yaml\nDR b/y y\n") == R"(
b.yaml: t/testdata/b.yaml
default: a.yaml testdata.yaml
k: t/testdata/k/
)");
}

// ---------------------------------------------------------------- point 3

TEST_CASE("what no kustomization lists is in no mesh") {
  CHECK(planned("== k/kustomization.yaml\nKUSTOMIZE a.yaml\n== k/a.yaml\nDR a/x a\n== k/b.yaml\nDR b/x b\n"
                "== k/deep/c.yaml\nDR c/x c\n== d.yaml\nDR d/x d\n") == R"(
default: d.yaml k/
unlisted k/b.yaml: k/kustomization.yaml
unlisted k/deep/c.yaml: k/kustomization.yaml
)");
  // A component's files are listed, though nothing uses it.
  CHECK(planned("== k/kustomization.yaml\nkind: Component\nresources: [a.yaml]\n== k/a.yaml\nDR a/x a\n"
                "== d.yaml\nDR d/x d\n") == "\ndefault: d.yaml\n");
}

TEST_CASE("a build that is refused is in no mesh, and makes that partial") {
  CHECK(
      planned(
          "== k/kustomization.yaml\nKUSTOMIZE a.yaml a.yaml\n== k/a.yaml\nDR a/x a\n== d.yaml\nDR d/x d\n") ==
      "\ndefault: d.yaml (partial)\n");
  CHECK(planned("== k/kustomization.yaml\nKUSTOMIZE a.yaml https://example.com/b\n== k/a.yaml\nDR a/x a\n") ==
        "\ndefault: k/ (partial)\n");
}

TEST_CASE("charts and releases") {
  CHECK(planned("== c/Chart.yaml\nname: c\n== d.yaml\nDR d/x d\n") == "\ndefault: d.yaml (charts)\n");
  CHECK(planned(
            "== dev/c/Chart.yaml\nname: c\n== dev/p.yaml\nPA a/x STRICT\n== prod/p.yaml\nPA a/x DISABLE\n") ==
        "\ndev: dev/p.yaml (charts)\nprod: prod/p.yaml\n");
  CHECK(planned("== r.yaml\nHELM shop/redis\n== d.yaml\nDR d/x d\n") ==
        "\ndefault: d.yaml r.yaml (partial)\nunseen r.yaml: release\n");
}

// ---------------------------------------------------------------- point 1

TEST_CASE("what Applications deploy to one destination is one mesh") {
  CHECK(
      planned("== argo/a.yaml\nAPP argocd/a repo a one\nAPP argocd/b repo b one\n== argo/c.yaml\n"
              "APP argocd/c repo c two\n== a/p.yaml\nPA shop/default STRICT\n== b/p.yaml\nPA shop/default "
              "DISABLE\n"
              "== c/p.yaml\nDR x x\n== plain.yaml\nDR y y\n== against.yaml\nPA shop/default PERMISSIVE\n") ==
      R"(
build a: a/p.yaml default=shop
build b: b/p.yaml default=shop
build c: c/p.yaml default=shop
one: a/ argo/a.yaml argo/c.yaml b/ plain.yaml
two: against.yaml argo/a.yaml argo/c.yaml c/ plain.yaml
)");
}

TEST_CASE("a default namespace of Argo CD counts") {
  CHECK(planned("== argo.yaml\nAPP argocd/a repo a\n== a/p.yaml\nDR x a\n== b.yaml\nDR shop/x b\n") == R"(
build a: a/p.yaml default=shop
default: argo.yaml b.yaml
in-cluster: a/ argo.yaml
)");
}

TEST_CASE("Argo CD's directories") {
  const auto application = [](const std::string& more) {
    return "== argo.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n"
           "  source:\n    repoURL: x\n    path: a\n    directory: " +
           more + "\n== a/one.yaml\nDR a/x 1\n== a/b/two.yaml\nDR b/x 2\n== a/b/three.json\n{}\n";
  };
  CHECK(planned(application("{}")) ==
        "\nbuild a: a/one.yaml\ndefault: a/ a/b/three.json a/b/two.yaml argo.yaml\n");
  CHECK(planned(application("{recurse: true, include: '*.yaml'}")) ==
        "\nbuild a: a/b/two.yaml a/one.yaml\ndefault: a/ a/b/three.json argo.yaml\n");
  CHECK(planned(application("{recurse: true, exclude: b/*}")) ==
        "\nbuild a: a/one.yaml\ndefault: a/ a/b/three.json a/b/two.yaml argo.yaml\n");
}

TEST_CASE("Applications of charts, other repositories and other generators make their mesh partial") {
  const std::string chart =
      "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: c}\nspec:\n"
      "  sources:\n  - {repoURL: https://charts.example.com, chart: redis}\n  - {repoURL: repo, ref: "
      "values}\n"
      "  destination: {name: two}\n";
  CHECK(planned("== a.yaml\nAPP a/a repo a one\n== b.yaml\nAPP a/b repo b two\n== c.yaml\n" + chart +
                "== a/p.yaml\nDR x a\n== b/p.yaml\nDR y b\n") == R"(
build a: a/p.yaml default=shop
build b: b/p.yaml default=shop
one: a.yaml a/ b.yaml c.yaml
two: a.yaml b.yaml b/ c.yaml (partial)
unseen c.yaml: chart
)");
  CHECK(planned("== c.yaml\n" + chart + "== d.yaml\nDR y b\n") ==
        "\ndefault: c.yaml d.yaml (partial)\nunseen c.yaml: chart\n");
}

TEST_CASE("ApplicationSets") {
  const auto set = [](const std::string& generator, const std::string& path, const std::string& cluster) {
    return "== set.yaml\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\nspec:\n"
           "  generators:\n  - " +
           generator +
           "\n  template:\n    metadata: {name: x, labels: {a: '{{b}}'}}\n"
           "    spec:\n      source: {repoURL: repo, path: '" +
           path + "'}\n      destination: {name: '" + cluster +
           "'}\n== envs/dev/p.yaml\nPA shop/default STRICT\n== envs/prod/p.yaml\nPA shop/default DISABLE\n"
           "== envs/old/p.yaml\nPA shop/default PERMISSIVE\n";
  };
  const std::string two = R"(
build envs/dev: envs/dev/p.yaml
build envs/prod: envs/prod/p.yaml
)";
  CHECK(planned(set("list: {elements: [{env: dev}, {env: prod}]}", "envs/{{env}}", "{{ .env }}")) ==
        two + "default: envs/old/p.yaml set.yaml\ndev: envs/dev/ set.yaml\nprod: envs/prod/ set.yaml\n");
  CHECK(planned(set("git: {repoURL: repo, directories: [{path: envs/*}, {path: envs/old, exclude: true}]}",
                    "{{path}}", "{{path.basename}}")) ==
        two + "default: envs/old/p.yaml set.yaml\ndev: envs/dev/ set.yaml\nprod: envs/prod/ set.yaml\n");
  CHECK(planned(set("clusters: {}", "envs/dev", "{{name}}")) == R"(
dev: envs/dev/p.yaml set.yaml (partial)
old: envs/old/p.yaml set.yaml (partial)
prod: envs/prod/p.yaml set.yaml (partial)
unseen set.yaml: generator
)");
}

TEST_CASE("Applications that contradict are of several Argo CDs") {
  CHECK(
      planned(
          "== dev/apps.yaml\nAPP argocd/a repo a/dev\nAPP argocd/b repo b/dev\n"
          "== prod/apps.yaml\nAPP argocd/a repo a/prod\nAPP argocd/b repo b/prod\n== all.yaml\n"
          "APP argocd/c repo c\n== a/dev/p.yaml\nPA a/x STRICT\n== a/prod/p.yaml\nPA a/x DISABLE\n"
          "== b/dev/p.yaml\nPA b/x STRICT\n== b/prod/p.yaml\nPA b/x STRICT\n== c/p.yaml\nPA c/x STRICT\n") ==
      R"(
build a/dev: a/dev/p.yaml default=shop
build a/prod: a/prod/p.yaml default=shop
build b/dev: b/dev/p.yaml default=shop
build b/prod: b/prod/p.yaml default=shop
build c: c/p.yaml default=shop
dev: a/dev/ all.yaml b/dev/ c/ dev/apps.yaml prod/apps.yaml
prod: a/prod/ all.yaml b/prod/ c/ dev/apps.yaml prod/apps.yaml
)");
  // One that differs in its source alone does not divide.
  CHECK(planned("== x/apps.yaml\nAPP argocd/a repo a\n== y/apps.yaml\nAPP argocd/a repo b\n"
                "== a/p.yaml\nPA a/x STRICT\n== b/p.yaml\nPA b/x DISABLE\n") == R"(
build a: a/p.yaml default=shop
build b: b/p.yaml default=shop
default: a/ b/ x/apps.yaml y/apps.yaml
)");
}

TEST_CASE("an Application that deploys only Applications of one Argo CD is that one's") {
  CHECK(planned("== roots.yaml\nAPP argocd/dev repo dev\nAPP argocd/prod repo prod\n"
                "== dev/apps.yaml\nAPP argocd/a repo a/dev\nAPP argocd/b repo b/dev\n"
                "== prod/apps.yaml\nAPP argocd/a repo a/prod\nAPP argocd/b repo b/prod\n"
                "== a/dev/p.yaml\nPA a/x STRICT\n== a/prod/p.yaml\nPA a/x DISABLE\n"
                "== b/dev/p.yaml\nPA b/x STRICT\n== b/prod/p.yaml\nPA b/x STRICT\n") ==
        R"(
build a/dev: a/dev/p.yaml default=shop
build a/prod: a/prod/p.yaml default=shop
build b/dev: b/dev/p.yaml default=shop
build b/prod: b/prod/p.yaml default=shop
build dev: dev/apps.yaml default=shop
build prod: prod/apps.yaml default=shop
dev: a/dev/ b/dev/ dev/ roots.yaml
prod: a/prod/ b/prod/ prod/ roots.yaml
)");
}

TEST_CASE("a Flux cluster is what its roots apply") {
  CHECK(planned(
            "== clusters/dev/flux-system/sync.yaml\nFLUX flux-system/flux-system ./clusters/dev\n"
            "== clusters/dev/apps.yaml\nFLUX flux-system/apps ./apps/dev\n"
            "== clusters/prod/flux-system/sync.yaml\nFLUX flux-system/flux-system ./clusters/prod\n"
            "== clusters/prod/apps.yaml\nFLUX flux-system/apps ./apps/prod\nFLUX flux-system/infra ./infra\n"
            "== apps/dev/p.yaml\nPA a/x STRICT\n== apps/prod/p.yaml\nPA a/x DISABLE\n"
            "== infra/p.yaml\nPA b/x DISABLE\n== plain.yaml\nDR c/x c\n") == R"(
build apps/dev: apps/dev/p.yaml
build apps/prod: apps/prod/p.yaml
build clusters/dev: clusters/dev/apps.yaml clusters/dev/flux-system/sync.yaml
build clusters/prod: clusters/prod/apps.yaml clusters/prod/flux-system/sync.yaml
build infra: infra/p.yaml
dev: apps/dev/ clusters/dev/ plain.yaml
prod: apps/prod/ clusters/prod/ infra/ plain.yaml
)");
}

TEST_CASE("Flux takes all files below, folders with a kustomization as a whole") {
  CHECK(planned("== f.yaml\nFLUX flux-system/a ./a\n== a/one.yaml\nDR a/x 1\n== a/b/two.yaml\nDR b/x 2\n"
                "== a/k/kustomization.yaml\nKUSTOMIZE three.yaml\n== a/k/three.yaml\nDR c/x 3\n"
                "== a/k/four.yaml\nDR d/x 4\n") == R"(
build a: a/b/two.yaml a/one.yaml a/k/
default: a/ f.yaml
unlisted a/k/four.yaml: a/k/kustomization.yaml
)");
}

TEST_CASE("Flux' namespace and substitutions") {
  CHECK(planned("== f.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
                "metadata: {name: a, namespace: flux-system}\nspec:\n  path: ./a\n  targetNamespace: shop\n"
                "  postBuild:\n    substitute: {region: eu, env: dev}\n    substituteFrom:\n"
                "    - {kind: ConfigMap, name: settings}\n    - {kind: Secret, name: hidden}\n"
                "== a/p.yaml\nDR a/x 1\n== settings.yaml\napiVersion: v1\nkind: ConfigMap\n"
                "metadata: {name: settings, namespace: flux-system}\ndata: {domain: x.y}\n") == R"(
build a: a/p.yaml namespace=shop env=dev region=eu from=settings.yaml
default: a/ f.yaml settings.yaml
)");
}

TEST_CASE("a Kustomization of another repository's root is not of this one's") {
  CHECK(
      planned(
          "== f.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
          "spec: {path: ./, sourceRef: {kind: GitRepository, name: podinfo}}\n== p.yaml\nDR a/x 1\n") == R"(
default: f.yaml p.yaml (partial)
unseen f.yaml: other repository
)");
}

TEST_CASE("a leaf joins the deployed mesh whose name holds its own, else one that it contradicts nowhere") {
  const std::string clusters =
      "== argo.yaml\nAPP argocd/a repo a team-dev\nAPP argocd/b repo b team-prod\n"
      "== a/r.yaml\nDR a/x a\n== b/r.yaml\nDR b/x b\n";
  const std::string builds = "\nbuild a: a/r.yaml default=shop\nbuild b: b/r.yaml default=shop\n";
  CHECK(planned(clusters + "== e/dev/p.yaml\nPA s/x STRICT\n== e/prod/p.yaml\nPA s/x DISABLE\n") ==
        builds + "team-dev: a/ argo.yaml e/dev/p.yaml\nteam-prod: argo.yaml b/ e/prod/p.yaml\n");
  CHECK(
      planned(clusters + "== e/x/p.yaml\nPA s/x STRICT\n== e/y/p.yaml\nPA s/x DISABLE\n"
                         "== e/z/p.yaml\nPA s/x PERMISSIVE\n") ==
      builds +
          "team-dev: a/ argo.yaml e/x/p.yaml\nteam-prod: argo.yaml b/ e/y/p.yaml\nz: argo.yaml e/z/p.yaml\n");
}

TEST_CASE("the public cases") {
  struct Case {
    const char* name;
    const char* plan;
  };
  const Case cases[] = {
      {"06-overlays-are-one-mesh", "\ndev: overlays/dev/\nprod: overlays/prod/\n"},
      {"07-separate-scenarios-mixed", "\ndemo-a: demo-a/all.yaml\ndemo-b: demo-b/all.yaml\n"},
      {"08-base-in-two-namespaces", "\nalpha: alpha/\nbeta: beta/\n"},
      {"18-policy-tests-good-bad",
       "\npa-bad.yaml: .chainsaw-test/pa-bad.yaml\npa-good.yaml: .chainsaw-test/pa-good.yaml\n"},
      {"21-plain-policies-beside-a-build",
       "\ndefault: k8s/base/ k8s/istio/policy.yaml k8s/istio/rule.yaml\n"},
      {"22-a-root-per-component", "\ndefault: k8s/db/ k8s/mesh-exception/ k8s/mesh/\n"},
      {"23-application-of-another-repository",
       "\nbuild extra: extra/namespace.yaml default=extra\nbuild mesh: mesh/policy.yaml "
       "default=istio-system\n"
       "default: bootstrap/apps.yaml bootstrap/mesh.yaml bootstrap/more.yaml deploy/rule.yaml extra/ mesh/ "
       "(partial)\nunseen bootstrap/apps.yaml: other repository\n"},
      {"24-argo-directory-is-not-recursive",
       "\nbuild apps: apps/db/app.yaml apps/db/rule.yaml default=shop\n"
       "build infra: infra/namespace.yaml default=istio-system\n"
       "default: apps/ argocd/apps.yaml argocd/infra.yaml infra/ infra/later/policy.yaml\n"},
      {"25-flux-documents-in-every-folder",
       "\nbuild apps: apps/db/ks.yaml\n"
       "default: apps/ apps/db/app/ clusters/main/apps.yaml istio/config/ istio/sync.yaml\n"},
      {"26-flux-target-namespace-replaces",
       "\nbuild db: db/app.yaml db/policy.yaml db/rule.yaml namespace=shop\ndefault: clusters/main/db.yaml "
       "db/\n"},
      {"27-marks-in-values", "\ndefault: app.yaml dashboard.yaml policy.yaml rule.yaml\n"},
      {"28-alternatives-by-a-namespace-document",
       "\ndefault: platform/namespace.yaml platform/policy.yaml platform/rule.yaml rendered/app.yaml "
       "rendered/namespace.yaml\n"},
      {"29-alternatives-of-one-name",
       "\ndev: db/dev/policy.yaml web/dev/policy.yaml web/dev/rule.yaml\n"
       "prod: db/prod/policy.yaml web/prod/policy.yaml web/prod/rule.yaml\n"},
  };
  for (const Case& known : cases) {
    INFO(known.name);
    CHECK(planned(fixture(known.name)) == known.plan);
  }
}

// ---------------------------------------------------------------- cost

namespace {

// Each file defines a Service of its own, and each hundredth the same policy as all others.
std::vector<PlanUnit> plain_units(std::size_t count) {
  std::vector<PlanUnit> units(count);
  for (std::size_t i = 0; i < count; ++i) {
    units[i].path = fmt::format("/w/apps/team{}/app{}/service.yaml", i % 100, i);
    std::string text = document(fmt::format("DR shop/db{} db", i));
    if (i % 100 == 0) text += "---\n" + document("PA shop/default STRICT");
    units[i].facts = workspace::read_facts(text);
  }
  return units;
}

}  // namespace

TEST_CASE("planning costs what the units are large") {
  PlanInput input;
  input.root = "/w";
  std::vector<std::size_t> comparisons;
  for (const std::size_t count : {1'000, 2'000, 4'000}) {
    const auto units = plain_units(count);
    const MeshPlan plan = workspace::plan_meshes(input, units);
    REQUIRE(plan.meshes.size() == 1);
    CHECK(plan.meshes.front().units.size() == count);
    CHECK(plan.comparisons <= count / 50);
    comparisons.push_back(plan.comparisons);
  }
  CHECK(comparisons[2] < comparisons[0] * 5);
}

TEST_CASE("an edit changes the plan only if another unit defines the same, or it is of a deployment") {
  const Files files = repository(
      "== a.yaml\nDR a/x a\nDR a/own 1\n== b.yaml\nDR a/x a\n== argo.yaml\nAPP argocd/a repo c\n== c/r.yaml\n"
      "DR c/x c\n");
  const Workspace space(files, false);
  workspace::PlanIndex index(space.input, space.requests, space.units);
  std::map<std::string, std::string> texts = files;
  const auto edit = [&](const std::string& path, const std::string& text) {
    const auto before = workspace::read_facts(texts["/w/" + path]);
    texts["/w/" + path] = repository("== x\n" + text)["/w/x"];
    return index.replace(before.get(), workspace::read_facts(texts["/w/" + path]).get(), "default");
  };
  CHECK_FALSE(edit("a.yaml", "DR a/x a\nDR a/own 2\n"));
  CHECK_FALSE(edit("a.yaml", "DR a/x a\nDR a/other 2\n"));
  CHECK(edit("a.yaml", "DR a/x other\nDR a/other 2\n"));
  CHECK(edit("a.yaml", "DR a/other 2\n"));
  CHECK_FALSE(edit("b.yaml", "DR a/x changed\n"));  // its own by now
  CHECK(edit("a.yaml", "DR a/other 2\nDR a/x a\n"));
  CHECK_FALSE(edit("argo.yaml", "APP argocd/a repo c\n# a comment\n"));
  CHECK(edit("argo.yaml", "APP argocd/a repo d\n"));
  CHECK(edit("argo.yaml", "NS x enabled\n"));
  CHECK_FALSE(edit("argo.yaml", "NS y enabled\n"));
  CHECK(index.replace(nullptr, workspace::read_facts(document("DR z/z z")).get(), "default"));
}
