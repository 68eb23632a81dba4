// What a large folder's builds and meshes are planned from changes while a worker plans: in the end they are
// those of a folder that is read afresh.
#include "lsp/folder_sources.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "checks/registry.h"
#include "lsp/inbox.h"
#include "tests/support/memory_file_system.h"

namespace tests {
namespace {

using Texts = std::map<std::string, std::string>;

const std::vector<std::string> kKustomizations = {"/w/base/kustomization.yaml", "/w/over/kustomization.yaml",
                                                  "/w/clusters/kustomization.yaml"};

std::string policy(const std::string& ns, const std::string& mode) {
  return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: " +
         ns + "}\nspec: {mtls: {mode: " + mode + "}}\n";
}

// A folder as the server has it, whose builds and meshes are worked out when it is told to.
class Folder {
 public:
  Folder(std::string default_namespace, const Texts& texts)
      : definitions_(definitions(std::move(default_namespace))),
        analysis_(checks::check_registry(), definitions_),
        scheduler_(inbox_, 0),
        sources_(files_, workspace::kDefaultLimits) {
    add(texts);
  }
  Folder(std::string default_namespace, const Texts& texts, unsigned workers)
      : definitions_(definitions(std::move(default_namespace))),
        analysis_(checks::check_registry(), definitions_),
        scheduler_(inbox_, workers),
        sources_(files_, workspace::kDefaultLimits, {&scheduler_, 0}) {
    add(texts);
  }

  void change(const std::string& path, const std::optional<std::string>& text) {
    if (text) {
      files_.add(path, *text);
    } else {
      files_.remove(path);
    }
    const auto facts = text ? workspace::read_facts(*text) : nullptr;
    if (facts == nullptr && analysis_.facts(path) == nullptr) return;
    sources_.file_changed(path, analysis_.facts(path), facts, nullptr);
    analysis_.apply({{path, facts}});
    // An edit has its builds made before it is published.
    if (sources_.waits_for(path)) analysis_.apply(sources_.finish(path, analysis_));
  }
  void set_default_namespace(std::string name) {
    definitions_ = definitions(std::move(name));
    sources_.set_stale();
  }

  // One of the things that are to be done; false: there is none but what workers do.
  bool step() {
    lsp::Event event = inbox_.pop(lsp::TimePoint::min());
    if (const auto* task = std::get_if<lsp::Task>(&event)) {
      (*task)();
      return true;
    }
    std::vector<checks::FileUpdate> updates;
    if (sources_.has_steps() && sources_.step(definitions_, analysis_, updates)) {
      analysis_.apply(std::move(updates));
      return true;
    }
    if (!sources_.needs_plan()) return false;
    if (auto plan = sources_.plan(definitions_)) plan_ = *std::move(plan);
    return true;
  }
  void finish() {
    while (step() || sources_.is_planning()) {
    }
  }
  [[nodiscard]] bool is_planning() const { return sources_.is_planning(); }
  [[nodiscard]] const checks::WorkspacePlan& plan() const { return plan_; }

  [[nodiscard]] std::vector<std::string> said() {
    std::vector<std::string> lines;
    for (const auto& build : sources_.builds().builds()) {
      lines.push_back(fmt::format("build {} {}{}\n{}", build->path, build->partial ? "partial" : "",
                                  build->refused ? "refused" : "", build->facts->origin->text()));
    }
    for (const checks::MeshDefinition& mesh : plan_.meshes) {
      lines.push_back(fmt::format("mesh {} {} {}", mesh.name, static_cast<int>(mesh.scope),
                                  mesh.settings.default_namespace.value_or("")));
      for (const checks::FileUpdate& file : analysis_.files_after("", SIZE_MAX)) {
        if (checks::contains(mesh, file.path)) lines.push_back("holds " + file.path);
      }
    }
    for (const checks::SourceNote& note : plan_.notes) {
      lines.push_back(fmt::format("{} {} {}", note.code, note.file, note.message));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

 private:
  static std::vector<checks::MeshDefinition> definitions(std::string default_namespace) {
    checks::MeshDefinition mesh;
    mesh.root = "/w";
    mesh.planned = true;
    mesh.settings.default_namespace = std::move(default_namespace);
    return {mesh};
  }
  void add(const Texts& texts) {
    std::vector<checks::FileUpdate> updates;
    for (const auto& [path, text] : texts) {
      files_.add(path, text);
      updates.push_back({path, workspace::read_facts(text)});
    }
    analysis_.apply(std::move(updates));
  }

  MemoryFileSystem files_;
  std::vector<checks::MeshDefinition> definitions_;
  checks::Analysis analysis_;
  lsp::Inbox inbox_{std::numeric_limits<std::size_t>::max()};
  lsp::Scheduler scheduler_;
  checks::WorkspacePlan plan_;
  lsp::FolderSources sources_;
};

class Story {
 public:
  explicit Story(unsigned seed) : random_(seed) {
    for (int i = 0; i < 40; ++i) paths_.push_back(fmt::format("/w/{}/{}.yaml", one_of(kFolders), i));
    paths_.insert(paths_.end(), kKustomizations.begin(), kKustomizations.end());
    for (const std::string& path : paths_) {
      if (pick(4) > 0) texts[path] = text_for(path);
    }
  }

  // A path, and what it says from now on.
  std::pair<std::string, std::optional<std::string>> change() {
    const std::string& path = one_of(paths_);
    if (pick(12) == 0) {
      texts.erase(path);
      return {path, std::nullopt};
    }
    return {path, texts[path] = text_for(path)};
  }
  unsigned pick(std::size_t count) { return static_cast<unsigned>(random_() % count); }
  std::string ns() { return one_of(std::vector<std::string>{"shop", "bar"}); }

  Texts texts;

 private:
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[pick(items.size())];
  }

  std::string text_for(const std::string& path) {
    if (path.ends_with("kustomization.yaml")) {
      std::string text = "resources:\n";
      const bool is_base = path.starts_with("/w/base/");
      for (const char* resource : {"1.yaml", "2.yaml", "3.yaml", "../base"}) {
        if (pick(2) == 0 && !(is_base && resource[0] == '.')) text += fmt::format("- {}\n", resource);
      }
      return text;
    }
    if (pick(8) == 0) {
      return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, "
             "namespace: "
             "flux-system}\nspec:\n  path: ./" +
             one_of(kFolders) +
             "\n  postBuild: {substituteFrom: [{kind: ConfigMap, name: values}]}\n"
             "  sourceRef: {kind: GitRepository, name: flux-system}\n";
    }
    if (pick(8) == 0) {
      return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values, namespace: flux-system}\ndata: "
             "{mode: " +
             mode() + "}\n";
    }
    return policy(ns(), pick(6) == 0 ? "${mode}" : mode());
  }
  std::string mode() { return one_of(std::vector<std::string>{"STRICT", "DISABLE"}); }

  const std::vector<std::string> kFolders = {"base", "over", "clusters", "plain", "eu", "us"};
  std::mt19937 random_;
  std::vector<std::string> paths_;
};

// `workers`: none means that the test says when a worker is done.
void check_story(unsigned seed, unsigned workers) {
  CAPTURE(seed);
  Story story(seed);
  std::string ns = "shop";
  Folder folder(ns, story.texts, workers);
  std::size_t while_planning = 0;
  for (int i = 0; i < 60; ++i) {
    for (unsigned steps = story.pick(7); steps > 0; --steps) folder.step();
    while_planning += folder.is_planning() ? 1 : 0;
    if (story.pick(10) == 0) {
      ns = story.ns();
      folder.set_default_namespace(ns);
    } else {
      const auto [path, text] = story.change();
      folder.change(path, text);
    }
    if (story.pick(6) > 0) continue;
    folder.finish();
    Folder fresh(ns, story.texts);
    fresh.finish();
    const std::vector<std::string> ours = folder.said();
    const std::vector<std::string> theirs = fresh.said();
    const auto [a, b] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    CAPTURE((a == ours.end() ? std::string("nothing") : *a));
    CAPTURE((b == theirs.end() ? std::string("nothing") : *b));
    REQUIRE((a == ours.end() && b == theirs.end()));
  }
  CHECK(while_planning > 5);
}

}  // namespace

TEST_CASE("what changes while a folder is planned counts as if it had been there before") {
  for (unsigned seed = 1; seed <= 40; ++seed) check_story(seed, 0);
}

TEST_CASE("workers plan a folder that changes") {
  for (unsigned seed = 1; seed <= 10; ++seed) check_story(seed, 2);
}

TEST_CASE("a folder may go while a worker plans it") {
  Story story(1);
  for (int steps = 0; steps < 12; ++steps) {
    Folder folder("shop", story.texts, 2);
    for (int i = 0; i < steps; ++i) folder.step();
  }
}

TEST_CASE("a plan that says the same keeps the members' objects") {
  Texts texts{{"/w/eu/a.yaml", policy("shop", "STRICT")}, {"/w/us/a.yaml", policy("shop", "DISABLE")}};
  Folder folder("shop", texts, 0);
  folder.finish();
  const auto before = folder.plan().meshes;
  REQUIRE(before.size() == 2);
  folder.set_default_namespace("bar");
  folder.finish();
  REQUIRE(folder.plan().meshes.size() == 2);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(folder.plan().meshes[i].members == before[i].members);
}

}  // namespace tests
