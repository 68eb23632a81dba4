// Whatever is edited, created, deleted or renamed, in whatever order: the findings are those of a fresh
// start, and every file whose findings changed was named.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/properties/effort.h"
#include "tests/properties/product.h"
#include "tests/reference/generator.h"

namespace properties {

namespace {

using reference::EmittedFile;
using reference::Random;

// Files that might be written over each other: those of several meshes under shared names.
std::vector<EmittedFile> file_pool(std::uint64_t seed, const reference::Settings& settings) {
  std::vector<EmittedFile> pool;
  for (std::uint64_t i = 0; i < 3; ++i) {
    reference::MeshModel mesh = reference::random_mesh(seed * 3 + i);
    mesh.settings = settings;
    for (EmittedFile& file : emit(mesh, seed + i)) pool.push_back(std::move(file));
  }
  return pool;
}

void replace_word(std::string& text, Random& random) {
  static const std::vector<std::pair<std::string, std::string>> kWords = {
      {"STRICT", "PERMISSIVE"},  {"PERMISSIVE", "DISABLE"},       {"DISABLE", "STRICT"},
      {"DISABLE", "SIMPLE"},     {"ISTIO_MUTUAL", "DISABLE"},     {"SIMPLE", "ISTIO_MUTUAL"},
      {"STRICT", "UNSET"},       {"namespace: ", "namespace: x"}, {"false", "true"},
      {"matchLabels", "other"},  {"exportTo", "exported"},        {"app", "pap"},
      {"\n", "\n# a comment\n"}, {"---", "---\n# first\n---"},    {"host: ", "host: '*.local' #"}};
  const auto& [from, to] = random.pick(kWords);
  std::vector<std::size_t> places;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
    places.push_back(at);
  if (!places.empty()) text.replace(random.pick(places), from.size(), to);
}

void mistype(std::string& text, Random& random) {
  static const std::string kCharacters = ":-[]{}'\"#&*| \n\tx";
  if (text.empty()) return;
  const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
  if (random.chance(50)) {
    text.erase(at, static_cast<std::size_t>(random.between(1, 4)));
  } else {
    text.insert(at, 1,
                kCharacters[static_cast<std::size_t>(random.below(static_cast<int>(kCharacters.size())))]);
  }
}

std::string some_path(const Product& product, Random& random) {
  auto at = product.texts().begin();
  std::advance(at, random.below(static_cast<int>(product.texts().size())));
  return at->first;
}

std::string step(Product& product, const std::vector<EmittedFile>& pool, Random& random) {
  const int what = random.below(100);
  if (product.texts().empty() || what < 20) {
    const EmittedFile& file = random.pick(pool);
    product.write(product_path(file.path), file.text);
    return "write " + file.path;
  }
  const std::string path = some_path(product, random);
  std::string text = product.texts().at(path);
  if (what < 30) {
    product.erase(path);
    return "erase " + path;
  }
  if (what < 37) {
    product.erase(path);
    product.write(product_path(random.pick(pool).path), text);
    return "rename " + path;
  }
  if (what < 45) {
    mistype(text, random);
  } else {
    replace_word(text, random);
  }
  product.write(path, text);
  return "edit " + path;
}

bool any_broken(Product& product) {
  for (const auto& [path, text] : product.texts()) {
    for (const auto& document : product.analysis().facts(path)->documents) {
      if (document.problem()) return true;
    }
  }
  return false;
}

using Cluster = std::shared_ptr<const workspace::Snapshot>;

std::string fresh_dump(const Product& product, const reference::Settings& settings, const Cluster& cluster) {
  Product fresh(settings, cluster);
  std::vector<EmittedFile> files;
  for (const auto& [path, text] : product.texts()) {
    files.push_back({path.substr(std::string(kRoot).size() + 1), text});
  }
  fresh.put(files);
  return dump(fresh.analysis().all_findings());
}

std::map<std::string, std::string> shown(Product& product) {
  std::map<std::string, std::string> by_file;
  for (const auto& [path, text] : product.texts()) by_file[path] = dump(product.analysis().findings(path));
  return by_file;
}

// With `burst`, up to so many changes come before what they leave for later is worked off. `is_laid_over`:
// below the files is a cluster in which some of what they may hold runs.
void compare_with_fresh(int sessions, int burst, bool is_laid_over = false) {
  int compared = 0;
  for (int i = 0; i < sessions; ++i) {
    const std::uint64_t seed = first_seed() + static_cast<std::uint64_t>(i);
    Random random(seed);
    const reference::Settings settings = reference::random_mesh(seed).settings;
    const std::vector<EmittedFile> pool = file_pool(seed, settings);
    const Cluster cluster =
        is_laid_over ? cluster_of(emit(reference::random_mesh(seed * 3 + 1), seed)) : nullptr;
    Product product(settings, cluster);
    product.put(emit(reference::random_mesh(seed * 3), seed));
    if (burst > 0) product.work_in_steps();
    std::string history;
    for (int k = 0; k < 40; ++k) {
      const auto before = shown(product);
      product.forget_touched();
      for (int left = burst == 0 ? 1 : random.between(1, burst); left > 0; --left)
        history += step(product, pool, random) + "\n";
      // In settings that are outdated the findings are others.
      const bool asks_early = random.chance(50) && !product.analysis().is_outdated();
      const std::string asked_early = asks_early ? dump(product.analysis().all_findings()) : "";
      product.finish_steps();
      for (const auto& [path, text] : before) {
        if (product.touched().contains(path) || !product.texts().contains(path)) continue;
        REQUIRE_MESSAGE(dump(product.analysis().findings(path)) == text, "seed ", seed, ": ", path,
                        " changed and was not named\n", history);
      }
      const std::string now = dump(product.analysis().all_findings());
      if (!asked_early.empty()) REQUIRE_MESSAGE(now == asked_early, "seed ", seed, " after\n", history);
      if (any_broken(product)) continue;  // keeps last good facts, which a fresh start does not have
      ++compared;
      REQUIRE_MESSAGE(now == fresh_dump(product, settings, cluster), "seed ", seed, " after\n", history);
    }
  }
  MESSAGE(compared, " states compared");
  CHECK(compared > sessions * 5);
}

}  // namespace

TEST_CASE("incremental findings equal those of a fresh start") { compare_with_fresh(effort(150), 0); }

TEST_CASE("findings that are worked out in steps are right whenever they are asked for") {
  compare_with_fresh(effort(100), 4);
}

TEST_CASE("incremental findings of files laid over a cluster equal those of a fresh start") {
  compare_with_fresh(effort(100), 0, true);
}

TEST_CASE("findings of files laid over a cluster are right whenever they are asked for") {
  compare_with_fresh(effort(100), 4, true);
}

}  // namespace properties
