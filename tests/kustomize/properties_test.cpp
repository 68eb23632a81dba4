// What must hold of every build: it is the same however it was come by, and its map tells the truth.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "tests/kustomize/memory_reader.h"
#include "workspace/base/uri.h"
#include "workspace/sources/build_facts.h"
#include "workspace/sources/kustomize.h"

namespace tests {
namespace {

using nlohmann::json;
using workspace::Build;
using workspace::BuildProblemKind;
using workspace::Kustomizer;

std::vector<json> recorded_overlays(std::size_t every) {
  std::ifstream file(OVERLAYS_FILE);
  std::vector<json> all;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line); ++number) {
    if (number % every == 0) all.push_back(json::parse(line));
  }
  return all;
}

MemoryReader reader_of(const json& recorded) {
  MemoryReader reader;
  for (const auto& [path, text] : recorded["files"].items()) reader.add("/" + path, text.get<std::string>());
  return reader;
}

void check_same(const Build& a, const Build& b, const std::string& when) {
  CHECK_MESSAGE(a.refused == b.refused, when);
  CHECK_MESSAGE(a.partial == b.partial, when);
  CHECK_MESSAGE(a.problems == b.problems, when);
  CHECK_MESSAGE(*a.files == *b.files, when);
  CHECK_MESSAGE(*a.looked_at == *b.looked_at, when);
  CHECK_MESSAGE(a.documents.size() == b.documents.size(), when);
  for (std::size_t i = 0; i < std::min(a.documents.size(), b.documents.size()); ++i) {
    CHECK_MESSAGE(a.documents[i].text() == b.documents[i].text(), when);
    CHECK_MESSAGE(a.documents[i].map() == b.documents[i].map(), when);
  }
}

void check_same_facts(const workspace::FileFacts& a, const workspace::FileFacts& b, const std::string& when) {
  CHECK_MESSAGE(a.origin->text() == b.origin->text(), when);
  CHECK_MESSAGE(a.text_hash == b.text_hash, when);
  CHECK_MESSAGE(a.text_size == b.text_size, when);
  CHECK_MESSAGE(a.documents.size() == b.documents.size(), when);
  for (std::size_t i = 0; i < std::min(a.documents.size(), b.documents.size()); ++i) {
    const workspace::DocumentState& one = a.documents[i];
    const workspace::DocumentState& other = b.documents[i];
    CHECK_MESSAGE(std::tie(one.begin, one.size, one.hash) == std::tie(other.begin, other.size, other.hash),
                  when);
    CHECK_MESSAGE(*one.facts == *other.facts, when);
    CHECK_MESSAGE((one.broken == nullptr) == (other.broken == nullptr), when);
  }
}

// A line goes, comes twice, or loses its end.
std::string edited(const std::string& text, std::mt19937& random) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (lines.empty()) return "a: b\n";
  const std::size_t at = random() % lines.size();
  switch (random() % 3) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
      break;
    default:
      lines[at] += 'x';
  }
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

Build build_of(const std::map<std::string, std::string>& files) {
  MemoryReader reader;
  for (const auto& [path, text] : files) reader.add(path, text);
  return Kustomizer(reader).build("/");
}

}  // namespace

TEST_CASE("rendering after an edit equals rendering afresh") {
  std::mt19937 random(17);
  std::size_t built = 0;
  std::size_t documents = 0;
  std::size_t read = 0;  // of those
  for (const json& recorded : recorded_overlays(8)) {
    MemoryReader reader = reader_of(recorded);
    Kustomizer kustomizer(reader);
    auto facts = workspace::build_facts(kustomizer.build("/"), "", nullptr);
    std::vector<std::string> paths;
    std::set<std::string> roots;
    for (const auto& [path, text] : reader.texts()) {
      paths.push_back(path);
      if (workspace::has_kustomization_name(path)) roots.insert(workspace::parent_path(path));
    }
    for (int step = 0; step < 6; ++step) {
      const std::string& path = paths[random() % paths.size()];
      const workspace::SharedSourceText before = reader.read(path);
      if (before == nullptr || random() % 8 == 0) {
        before == nullptr ? reader.add(path, recorded["files"][path.substr(1)].get<std::string>())
                          : reader.remove(path);
      } else {
        reader.add(path, edited(*before, random));
      }
      // What is built by itself, too, and what is not built after each edit.
      for (const std::string& root : roots) {
        if (random() % 2 == 0) check_same(kustomizer.build(root), Kustomizer(reader).build(root), root);
      }
      const Build incremental = kustomizer.build("/");
      const Build fresh = Kustomizer(reader).build("/");
      check_same(incremental, fresh, path);
      facts = workspace::build_facts(incremental, "", facts.get());
      check_same_facts(*facts, *workspace::build_facts(fresh, "", nullptr), path);
      read += facts->documents_read;
      documents += incremental.documents.size();
      built += incremental.refused ? 0 : 1;
      if (step % 2 == 1 && before != nullptr) reader.add(path, *before);
    }
  }
  CHECK(built > 30);
  CHECK(read < documents / 2);
}

TEST_CASE("what stands before an edit in its file is not printed anew") {
  const auto services = [](const std::string& first, const std::string& last) {
    constexpr std::string_view kService =
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{ports: [{{port: {}}}]}}\n";
    return fmt::format(kService, "a", first) + "---\n" + fmt::format(kService, "b", 80) + "---\n" +
           fmt::format(kService, "c", last);
  };
  MemoryReader reader;
  reader.add("/base/services.yaml", services("80", "80"));
  reader.add("/base/kustomization.yaml", "resources: [services.yaml]\n");
  reader.add("/kustomization.yaml", "resources: [base]\nnamespace: shop\n");
  Kustomizer kustomizer(reader);
  const auto printed_with = [&](const std::string& first, const std::string& last) {
    reader.add("/base/services.yaml", services(first, last));
    const std::size_t before = kustomizer.documents_printed();
    check_same(kustomizer.build("/"), Kustomizer(reader).build("/"), first + " and " + last);
    return kustomizer.documents_printed() - before;
  };
  CHECK(printed_with("80", "80") == 3);
  CHECK(printed_with("80", "81") == 3);  // from the second time on it is kept what was printed
  CHECK(printed_with("80", "8082") == 1);
  CHECK(printed_with("81", "8082") == 1);  // what follows stands where it stood
  CHECK(printed_with("8081", "8082") == 3);
  CHECK(printed_with("8081", "[") == 0);
  CHECK(printed_with("8081", "83") == 3);
  CHECK(printed_with("8081", "84") == 1);
}

TEST_CASE("a value edited in a base prints its documents anew and no others") {
  constexpr std::size_t kServices = 10;
  constexpr std::size_t kOverlays = 5;
  const auto service = [](std::size_t number, const std::string& name, int port, const std::string& label) {
    return fmt::format(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {0}\n  labels: {{app: {3}}}\nspec:\n  ports:\n"
        "    - port: {2}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d{1}\nspec:\n"
        "  template:\n    spec:\n      serviceAccountName: account\n      containers:\n"
        "        - {{name: main, image: 'registry/app:{2}'}}\n",
        name, number, port, label);
  };
  MemoryReader reader;
  std::string listed = "resources:\n- account.yaml\n";
  reader.add("/base/account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: account}\n");
  for (std::size_t i = 0; i < kServices; ++i) {
    listed += fmt::format("- s{}.yaml\n", i);
    reader.add(fmt::format("/base/s{}.yaml", i), service(i, fmt::format("s{}", i), 80, "a"));
  }
  reader.add("/base/kustomization.yaml", listed);
  for (std::size_t i = 0; i < kOverlays; ++i) {
    reader.add(
        fmt::format("/o{}/kustomization.yaml", i),
        fmt::format(
            "resources: [../base]\nnamespace: n{}\nnamePrefix: p-\nreplicas:\n- {{name: d3, count: 2}}\n"
            "labels:\n- pairs: {{stage: s{}}}\n  includeSelectors: true\n"
            "images:\n- {{name: registry/app, newTag: v{}}}\npatches:\n"
            "- target: {{labelSelector: app=gone}}\n"
            "  patch: |-\n    $patch: delete\n    kind: Any\n    metadata: {{name: any}}\n"
            "- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {{name: s2}}\n"
            "    spec: {{type: LoadBalancer}}\n",
            i, i, i));
  }
  Kustomizer kustomizer(reader);
  const auto build_all = [&](const std::string& when) {
    const std::size_t before = kustomizer.documents_printed();
    for (std::size_t i = 0; i < kOverlays; ++i) {
      const std::string root = fmt::format("/o{}", i);
      check_same(kustomizer.build(root), Kustomizer(reader).build(root), when);
    }
    return (kustomizer.documents_printed() - before) / kOverlays;
  };
  const std::size_t all = 2 * kServices + 1;
  CHECK(build_all("at first") == all);
  reader.add("/base/s4.yaml", service(4, "s4", 81, "a"));
  CHECK(build_all("changed once") == all);
  // Those of the file, and Deployments, whose account has another name than they say.
  constexpr std::size_t kAgain = 1 + kServices;
  for (int port = 82; port < 86; ++port) {
    reader.add("/base/s4.yaml", service(4, "s4", port, "a"));
    CHECK(build_all("a value") == kAgain);
  }
  reader.add("/base/s2.yaml", service(2, "s2", 90, "a"));
  CHECK(build_all("of a patched document") == kAgain);
  reader.add("/base/s4.yaml", service(4, "other", 85, "a"));
  CHECK(build_all("another name") == all);
  reader.add("/base/s4.yaml", service(4, "other", 85, "gone"));
  CHECK(build_all("a label for which a patch deletes it") == all - 1);
  reader.add("/base/s4.yaml", service(4, "other", 86, "gone"));
  build_all("while it is deleted");
  reader.add("/base/s4.yaml", service(4, "other", 86, "a"));
  CHECK(build_all("and back") == all);
  reader.add("/base/s4.yaml", "apiVersion: [\n");
  CHECK(build_all("half typed") == 0);
  reader.add("/base/s4.yaml", service(4, "other", 87, "a"));
  CHECK(build_all("typed") == all);
  reader.add("/base/s4.yaml", service(4, "s2", 87, "a"));
  CHECK(build_all("a name that is taken") == 0);
  reader.add("/base/s4.yaml", service(4, "s4", 87, "a") + "---\n" + service(11, "s11", 87, "a"));
  CHECK(build_all("more documents") == all + 2);
}

TEST_CASE("an edit through the map changes that value and nothing else") {
  std::mt19937 random(5);
  std::size_t edits = 0;
  for (const json& recorded : recorded_overlays(5)) {
    MemoryReader reader = reader_of(recorded);
    const Build before = Kustomizer(reader).build("/");
    for (std::size_t d = 0; d < before.documents.size(); ++d) {
      const workspace::BuiltDocument& document = before.documents[d];
      for (const auto& segment : document.map().segments()) {
        const std::string value(document.text().substr(segment.built.begin, segment.built.size()));
        const auto place = document.map().find(segment.built);
        REQUIRE(place);
        CHECK(place->editable == (segment.kind == workspace::PlaceKind::Written));
        // Only modes: names and kinds are what patches and references go by.
        if (!place->editable || (value != "STRICT" && value != "DISABLE" && value != "SIMPLE")) continue;
        const std::string& path = (*before.files)[place->file];
        std::string text = *reader.read(path);
        CHECK(text.substr(place->range.begin, place->range.size()) == value);
        text.replace(place->range.begin, place->range.size(), "EDITED");
        MemoryReader changed = reader;
        changed.add(path, text);
        const Build after = Kustomizer(changed).build("/");
        REQUIRE(after.documents.size() == before.documents.size());
        std::string expected(document.text());
        expected.replace(segment.built.begin, segment.built.size(), "EDITED");
        for (std::size_t i = 0; i < after.documents.size(); ++i)
          CHECK(after.documents[i].text() == (i == d ? expected : before.documents[i].text()));
        ++edits;
      }
    }
  }
  CHECK(edits > 20);
}

TEST_CASE("places of a namespace, a patch and a base") {
  const std::string base =
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\nspec:\n  "
      "mtls:\n    mode: STRICT\n";
  const std::string top =
      "namespace: prod\nresources: [base]\npatches:\n- patch: |-\n    apiVersion: security.istio.io/v1\n    "
      "kind: "
      "PeerAuthentication\n    metadata:\n      name: default\n    spec:\n      selector:\n        "
      "matchLabels:\n          app: a\n";
  const Build build = build_of({{"/kustomization.yaml", top},
                                {"/base/kustomization.yaml", "resources: [a.yaml]\n"},
                                {"/base/a.yaml", base}});
  REQUIRE(build.documents.size() == 1);
  const workspace::BuiltDocument& document = build.documents.front();
  const auto find = [&](const std::string& value) {
    const auto at = static_cast<std::uint32_t>(document.text().find(value));
    return document.map().find({at, at + static_cast<std::uint32_t>(value.size())});
  };
  const auto strict = find("STRICT");
  REQUIRE(strict);
  CHECK((*build.files)[strict->file] == "/base/a.yaml");
  CHECK(base.substr(strict->range.begin, strict->range.size()) == "STRICT");
  CHECK(strict->editable);
  const auto space = find("prod");
  REQUIRE(space);
  CHECK((*build.files)[space->file] == "/kustomization.yaml");
  CHECK(top.substr(space->range.begin, space->range.size()) == "prod");
  CHECK_FALSE(space->editable);
  const auto at = static_cast<std::uint32_t>(document.text().find("app: a") + 5);
  const auto label = document.map().find({at, at + 1});
  REQUIRE(label);
  CHECK((*build.files)[label->file] == "/kustomization.yaml");
  CHECK(top.substr(label->range.begin - 5, 6) == "app: a");
  CHECK(label->editable);
}

TEST_CASE("partial, outside and refused") {
  MemoryReader reader;
  reader.add("/outside.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
  reader.add("/r/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  reader.add("/r/plugin.yaml", "apiVersion: example.com/v1\nkind: Plugin\nmetadata: {name: p}\n");
  reader.add(
      "/r/kustomization.yaml",
      "resources: [a.yaml, gone.yaml, https://example.com/x, ../outside.yaml]\n"
      "patches: [{path: gone.yaml}, {patch: \"{apiVersion: v1, kind: Secret, metadata: {name: s}}\"}]\n"
      "helmCharts: [{name: chart}]\ngenerators: [plugin.yaml]\n"
      "configMapGenerator: [{name: none, behavior: merge, literals: [a=b]}]\n");
  const Build build = Kustomizer(reader).build("/r");
  CHECK_FALSE(build.refused);
  CHECK(build.partial);
  CHECK(build.documents.size() == 3);
  std::size_t not_seen = 0;
  std::size_t missing = 0;
  std::size_t outside = 0;
  for (const workspace::BuildProblem& problem : build.problems) {
    not_seen += problem.kind == BuildProblemKind::NotSeen ? 1 : 0;
    missing += problem.kind == BuildProblemKind::Missing ? 1 : 0;
    outside += problem.kind == BuildProblemKind::OutsideRoot ? 1 : 0;
    CHECK(problem.path == "/r/kustomization.yaml");
  }
  CHECK(not_seen == 3);
  CHECK(missing == 2);
  CHECK(outside == 1);
}

TEST_CASE("a diamond is built level by level") {
  MemoryReader reader;
  constexpr int kLevels = 30;
  for (int level = 0; level < kLevels; ++level) {
    for (const char side : {'a', 'b'}) {
      const std::string text = level + 1 == kLevels
                                   ? "namespace: ns\n"
                                   : fmt::format("resources: [../a{0}, ../b{0}]\n", level + 1);
      reader.add(fmt::format("/{}{}/kustomization.yaml", side, level), text);
    }
  }
  Kustomizer kustomizer(reader);
  const Build build = kustomizer.build("/a0");
  CHECK_FALSE(build.refused);
  CHECK(kustomizer.targets_evaluated() == 2 * kLevels - 1);
}

TEST_CASE("hostile kustomizations end") {
  // Each level doubles what it includes.
  MemoryReader doubling;
  doubling.add("/l0/kustomization.yaml", "resources: [a.yaml]\n");
  doubling.add("/l0/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  for (int level = 1; level <= 40; ++level) {
    for (const char side : {'p', 'q'}) {
      doubling.add(fmt::format("/{}{}/kustomization.yaml", side, level),
                   fmt::format("namePrefix: {}-\nresources: [../l{}]\n", side, level - 1));
    }
    doubling.add(fmt::format("/l{}/kustomization.yaml", level),
                 fmt::format("resources: [../p{0}, ../q{0}]\n", level));
  }
  CHECK(Kustomizer(doubling).build("/l40").refused);

  // Few values, each a long text, that are doubled until they fill the memory.
  MemoryReader wide;
  wide.add("/l0/kustomization.yaml", "resources: [a.yaml]\n");
  wide.add("/l0/a.yaml",
           fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: {}}}\n",
                       std::string(100'000, 'x')));
  constexpr int kWideLevels = 12;
  for (int level = 1; level <= kWideLevels; ++level) {
    for (const char side : {'p', 'q'}) {
      wide.add(fmt::format("/{}{}/kustomization.yaml", side, level),
               fmt::format("namePrefix: {}-\nresources: [../l{}]\n", side, level - 1));
    }
    wide.add(fmt::format("/l{}/kustomization.yaml", level),
             fmt::format("resources: [../p{0}, ../q{0}]\n", level));
  }
  CHECK(Kustomizer(wide).build(fmt::format("/l{}", kWideLevels)).refused);
  wide.add("/kustomization.yaml",
           fmt::format("resources: [l8]\ncommonAnnotations: {{a: {}}}\n", std::string(2'000'000, 'x')));
  CHECK(Kustomizer(wide).build("/").refused);

  MemoryReader deep;
  for (int level = 0; level < 3000; ++level)
    deep.add(fmt::format("/d{}/kustomization.yaml", level), fmt::format("resources: [../d{}]\n", level + 1));
  CHECK(Kustomizer(deep).build("/d0").refused);

  MemoryReader self;
  self.add("/kustomization.yaml", "resources: [.]\n");
  CHECK(Kustomizer(self).build("/").refused);

  MemoryReader bomb;
  std::string operations = "- {op: add, path: /data, value: {a: b}}\n";
  for (int i = 0; i < 60; ++i) operations += fmt::format("- {{op: copy, from: /data, path: /data/c{}}}\n", i);
  bomb.add("/ops.yaml", operations);
  bomb.add("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  bomb.add("/kustomization.yaml",
           "resources: [a.yaml]\npatches: [{path: ops.yaml, target: {kind: ConfigMap}}]\n");
  CHECK(Kustomizer(bomb).build("/").refused);
}

}  // namespace tests
