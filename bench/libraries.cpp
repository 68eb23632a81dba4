// What a library takes in place of what is written by hand here, each on what this program does with it
// (Google Benchmark). Results: docs/performance-diary.md, 2026-11-28.
//
//   apt-get install libbenchmark-dev libboost-dev libabsl-dev libxxhash-dev libutf8proc-dev libre2-dev
//   cmake --preset release -DISTIO_MTLS_BENCHMARKS=ON && cmake --build --preset release --target libraries
//   build/release/bench/libraries --benchmark_repetitions=7
//
// Times are of 10,000 operations where nothing else is said; the counter `bytes` is what one element takes,
// itself and its heap (glibc's mallinfo2).
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>
#include <absl/container/node_hash_map.h>
#include <absl/hash/hash.h>
#include <absl/strings/cord.h>
#include <absl/strings/escaping.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <malloc.h>
#include <re2/re2.h>
#include <utf8proc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/container/string.hpp>
#include <boost/container/vector.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <boost/unordered_set.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cli/terminal_text.h"
#include "workspace/base/base64.h"
#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/base/path_map.h"
#include "workspace/base/ref_ptr.h"
#include "workspace/base/regular_expression.h"
#include "workspace/base/short_list.h"
#include "workspace/files/glob.h"
#include "workspace/mesh/node_table.h"
#include "workspace/sources/file_facts.h"
#include "workspace/text/utf8.h"

namespace {

using workspace::CompactList;
using workspace::CompactString;
using workspace::ResourceId;
using workspace::ResourceNode;

constexpr std::size_t kCount = 10'000;

std::size_t heap() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// What `build` returns holds kCount elements.
template <class Build>
void count_memory(benchmark::State& state, const Build& build) {
  const std::size_t before = heap();
  auto built = build();
  benchmark::DoNotOptimize(built);
  state.counters["bytes"] = static_cast<double>(heap() - before) / kCount;
}

// Namespaces, names and hosts in turn: of 7 to 37 bytes, a third of them longer than 15.
std::vector<std::string> make_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; names.size() < kCount; ++i) {
    const std::size_t ns = i / 10;
    if (i % 3 == 0) names.push_back(fmt::format("team-{:05}", i));
    if (i % 3 == 1) names.push_back(fmt::format("web-{}", i + 100));
    if (i % 3 == 2) names.push_back(fmt::format("web-{}.team-{:05}.svc.cluster.local", i, ns));
  }
  return names;
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> kNames = make_names();
  return kNames;
}

template <class T>
void shuffle(std::vector<T>& list) {
  std::shuffle(list.begin(), list.end(), std::mt19937(1));
}

// --- RefPtr
// ---------------------------------------------------------------------------------------------------

// Laid out as DocumentFacts is.
struct Facts {
  CompactList<int> resources;
  CompactList<int> suppressions;
  bool empty = false;
  bool is_template = false;
};

using OurRef = workspace::RefPtr<Facts>;
using StdRef = std::shared_ptr<const Facts>;

template <class Pointer>
Pointer make_ref() {
  if constexpr (std::is_same_v<Pointer, OurRef>) {
    return workspace::make_ref(Facts{});
  } else {
    return std::make_shared<const Facts>();
  }
}

template <class Pointer>
std::vector<Pointer> make_refs() {
  std::vector<Pointer> refs(kCount);
  for (Pointer& ref : refs) ref = make_ref<Pointer>();
  return refs;
}

template <class Pointer>
void ref_make(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_refs<Pointer>());
  count_memory(state, make_refs<Pointer>);
}

template <class Pointer>
void ref_copy(benchmark::State& state) {
  const std::vector<Pointer> refs = make_refs<Pointer>();
  for (auto _ : state) {
    std::vector<Pointer> copy = refs;
    benchmark::DoNotOptimize(copy);
  }
}

#define REFS(pointer)           \
  BENCHMARK(ref_make<pointer>); \
  BENCHMARK(ref_copy<pointer>)
REFS(OurRef);
REFS(StdRef);

// --- Lists
// ----------------------------------------------------------------------------------------------------

using OurShort = workspace::ShortList<void*>;
using BoostSmall = boost::container::small_vector<void*, 1>;
using AbslInlined = absl::InlinedVector<void*, 1>;
using StdVector = std::vector<void*>;

using Strings = CompactList<CompactString>;
using BoostStrings =
    boost::container::vector<CompactString, void,
                             boost::container::vector_options<
                                 boost::container::stored_size<std::uint32_t>,
                                 boost::container::growth_factor<boost::container::growth_factor_100>>::type>;
using BoostSmallStrings = boost::container::small_vector<CompactString, 1>;
using AbslStrings = absl::InlinedVector<CompactString, 1>;
using StdStrings = std::vector<CompactString>;

// Of ten lists: one where one is usual (ShortList), and where none is (CompactList).
constexpr unsigned kMostlyOne[] = {0, 1, 1, 1, 1, 1, 1, 1, 2, 3};
constexpr unsigned kMostlyNone[] = {0, 0, 0, 0, 0, 1, 1, 1, 2, 3};

template <class List>
constexpr bool kOfPointers = std::is_same_v<typename List::value_type, void*>;

template <class List>
std::vector<List> make_lists() {
  static int some = 0;
  std::vector<List> lists(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    for (unsigned n = kOfPointers<List> ? kMostlyOne[i % 10] : kMostlyNone[i % 10]; n > 0; --n) {
      if constexpr (kOfPointers<List>) {
        lists[i].push_back(&some);
      } else {
        lists[i].push_back(CompactString("web"));
      }
    }
  }
  return lists;
}

template <class List>
void list_make(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_lists<List>());
  count_memory(state, make_lists<List>);
}

template <class List>
void list_walk(benchmark::State& state) {
  const std::vector<List> lists = make_lists<List>();
  for (auto _ : state) {
    std::size_t sum = 0;
    for (const List& list : lists) {
      for (const auto& value : list) {
        if constexpr (kOfPointers<List>) {
          sum += reinterpret_cast<std::uintptr_t>(value);
        } else {
          sum += value.size();
        }
      }
    }
    benchmark::DoNotOptimize(sum);
  }
}

#define LISTS(list)           \
  BENCHMARK(list_make<list>); \
  BENCHMARK(list_walk<list>)
LISTS(OurShort);
LISTS(BoostSmall);
LISTS(AbslInlined);
LISTS(StdVector);
LISTS(Strings);
LISTS(BoostStrings);
LISTS(BoostSmallStrings);
LISTS(AbslStrings);
LISTS(StdStrings);

// --- Strings
// --------------------------------------------------------------------------------------------------

using BoostString = boost::container::string;

template <class String>
std::vector<String> make_strings() {
  std::vector<String> strings(kCount);
  for (std::size_t i = 0; i < kCount; ++i) strings[i] = String(names()[i].c_str());
  return strings;
}

template <class String>
void string_make(benchmark::State& state) {
  benchmark::DoNotOptimize(names());
  for (auto _ : state) benchmark::DoNotOptimize(make_strings<String>());
  count_memory(state, make_strings<String>);
}

template <class String>
void string_copy(benchmark::State& state) {
  const std::vector<String> strings = make_strings<String>();
  for (auto _ : state) {
    std::vector<String> copy = strings;
    benchmark::DoNotOptimize(copy);
  }
}

template <class String>
void string_equal(benchmark::State& state) {
  const std::vector<String> a = make_strings<String>();
  const std::vector<String> b = make_strings<String>();
  for (auto _ : state) benchmark::DoNotOptimize(a == b);
}

#define STRINGS(string)           \
  BENCHMARK(string_make<string>); \
  BENCHMARK(string_copy<string>); \
  BENCHMARK(string_equal<string>)
STRINGS(CompactString);
STRINGS(std::string);
STRINGS(BoostString);
STRINGS(absl::Cord);

// --- Tables
// ---------------------------------------------------------------------------------------------------

ResourceId id_of(std::size_t i) {
  return {workspace::Kind::DestinationRule, fmt::format("team-{:05}", i / 10), fmt::format("web-{}", i)};
}

std::vector<ResourceId> make_ids() {
  std::vector<ResourceId> ids;
  for (std::size_t i = 0; i < kCount; ++i) ids.push_back(id_of(i));
  shuffle(ids);
  return ids;
}

struct NodeHash {
  using is_transparent = void;
  std::size_t operator()(const ResourceId& id) const { return workspace::ResourceIdHash()(id); }
  std::size_t operator()(const ResourceNode& node) const { return (*this)(node.id); }
  std::size_t operator()(const std::unique_ptr<ResourceNode>& node) const { return (*this)(node->id); }
};

struct SameNode {
  using is_transparent = void;
  static const ResourceId& key(const ResourceId& id) { return id; }
  static const ResourceId& key(const ResourceNode& node) { return node.id; }
  static const ResourceId& key(const std::unique_ptr<ResourceNode>& node) { return node->id; }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return key(a) == key(b);
  }
};

// Nodes in a library's set.
template <class Set>
class SetOfNodes {
 public:
  static constexpr std::size_t kInNode = 0;  // bytes
  [[nodiscard]] const ResourceNode* find(const ResourceId& id) const {
    const auto at = nodes_.find(id);
    return at == nodes_.end() ? nullptr : at->get();
  }
  void insert(std::unique_ptr<ResourceNode> node) { nodes_.insert(std::move(node)); }
  std::unique_ptr<ResourceNode> extract(const ResourceNode& node) {
    return std::move(nodes_.extract(nodes_.find(node.id)).value());
  }

 private:
  Set nodes_;
};
using AbslNodes = SetOfNodes<absl::flat_hash_set<std::unique_ptr<ResourceNode>, NodeHash, SameNode>>;
using StdNodes = SetOfNodes<std::unordered_set<std::unique_ptr<ResourceNode>, NodeHash, SameNode>>;

struct OurNodes : workspace::NodeTable {
  static constexpr std::size_t kInNode = sizeof(ResourceNode::next);
};

struct HookedNode : ResourceNode, boost::intrusive::unordered_set_base_hook<> {
  using ResourceNode::ResourceNode;
};

// As NodeTable is, with Boost's chains.
class BoostNodes {
  using Set = boost::intrusive::unordered_set<HookedNode, boost::intrusive::hash<NodeHash>,
                                              boost::intrusive::equal<SameNode>,
                                              boost::intrusive::power_2_buckets<true>>;

 public:
  static constexpr std::size_t kInNode = sizeof(boost::intrusive::unordered_set_base_hook<>);
  ~BoostNodes() { nodes_.clear_and_dispose(std::default_delete<ResourceNode>()); }
  [[nodiscard]] const ResourceNode* find(const ResourceId& id) const {
    const auto at = nodes_.find(id, NodeHash(), SameNode());
    return at == nodes_.end() ? nullptr : &*at;
  }
  void insert(std::unique_ptr<ResourceNode> node) {
    if (nodes_.size() == buckets_.size()) {
      std::vector<Set::bucket_type> more(2 * buckets_.size());
      nodes_.rehash({more.data(), more.size()});
      buckets_.swap(more);
    }
    nodes_.insert(static_cast<HookedNode&>(*node.release()));
  }
  std::unique_ptr<ResourceNode> extract(const ResourceNode& node) {
    auto& hooked = const_cast<HookedNode&>(static_cast<const HookedNode&>(node));
    nodes_.erase(nodes_.iterator_to(hooked));
    return std::unique_ptr<ResourceNode>(&hooked);
  }

 private:
  std::vector<Set::bucket_type> buckets_ = std::vector<Set::bucket_type>(16);
  Set nodes_{Set::bucket_traits(buckets_.data(), buckets_.size())};
};

template <class Table>
void fill(Table& table, std::vector<std::unique_ptr<ResourceNode>> nodes) {
  for (auto& node : nodes) table.insert(std::move(node));
}

std::vector<std::unique_ptr<ResourceNode>> make_nodes() {
  std::vector<std::unique_ptr<ResourceNode>> nodes;
  for (std::size_t i = 0; i < kCount; ++i) nodes.push_back(std::make_unique<HookedNode>(id_of(i)));
  return nodes;
}

// Takes each out of the table and puts it back; fills first.
template <class Table>
void node_change(benchmark::State& state) {
  Table table;
  std::vector<std::unique_ptr<ResourceNode>> nodes = make_nodes();
  std::vector<const ResourceNode*> order;
  for (const auto& node : nodes) order.push_back(node.get());
  shuffle(order);
  const std::size_t before = heap();
  for (auto& node : nodes) table.insert(std::move(node));
  state.counters["bytes"] = static_cast<double>(heap() - before) / kCount + Table::kInNode;
  for (auto _ : state) {
    for (const ResourceNode* node : order) table.insert(table.extract(*node));
  }
}

template <class Table>
void node_find(benchmark::State& state) {
  Table table;
  fill(table, make_nodes());
  const std::vector<ResourceId> ids = make_ids();
  for (auto _ : state) {
    for (const ResourceId& id : ids) benchmark::DoNotOptimize(table.find(id));
  }
}

#define NODES(table)             \
  BENCHMARK(node_change<table>); \
  BENCHMARK(node_find<table>)
NODES(OurNodes);
NODES(BoostNodes);
NODES(AbslNodes);
NODES(StdNodes);

// Not written by hand, but the standard library's: sets of nodes by address, and what is kept by host.
using StdPointers = std::unordered_set<const void*>;
using BoostPointers = boost::unordered_set<const void*>;
using AbslPointers = absl::flat_hash_set<const void*>;

template <class Set>
void pointer_set(benchmark::State& state) {
  const std::vector<std::unique_ptr<ResourceNode>> nodes = make_nodes();
  const auto build = [&] {
    Set set;
    for (const auto& node : nodes) set.insert(node.get());
    return set;
  };
  for (auto _ : state) {
    const Set set = build();
    for (const auto& node : nodes) benchmark::DoNotOptimize(set.contains(node.get()));
  }
  count_memory(state, build);
}
// Boost 1.74's has no `contains`.
template <>
void pointer_set<BoostPointers>(benchmark::State& state) {
  const std::vector<std::unique_ptr<ResourceNode>> nodes = make_nodes();
  const auto build = [&] {
    BoostPointers set;
    for (const auto& node : nodes) set.insert(node.get());
    return set;
  };
  for (auto _ : state) {
    const BoostPointers set = build();
    for (const auto& node : nodes) benchmark::DoNotOptimize(set.count(node.get()));
  }
  count_memory(state, build);
}
BENCHMARK(pointer_set<StdPointers>);
BENCHMARK(pointer_set<BoostPointers>);
BENCHMARK(pointer_set<AbslPointers>);

struct HostHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view host) const { return std::hash<std::string_view>()(host); }
};
using Host = CompactList<std::unique_ptr<int>>;
using StdHosts = std::unordered_map<CompactString, Host, HostHash, std::equal_to<>>;
using AbslHosts = absl::node_hash_map<CompactString, Host, HostHash, std::equal_to<>>;
using AbslFlatHosts = absl::flat_hash_map<CompactString, Host, HostHash, std::equal_to<>>;

template <class Map>
Map make_hosts() {
  Map map;
  for (std::size_t i = 0; i < kCount; ++i) {
    map[CompactString(fmt::format("web-{}.team-{:05}.svc.cluster.local", i, i / 10))];
  }
  return map;
}

template <class Map>
void host_find(benchmark::State& state) {
  const Map map = make_hosts<Map>();
  std::vector<std::string> hosts;
  for (const auto& [host, entry] : map) hosts.push_back(host.str());
  std::sort(hosts.begin(), hosts.end());
  shuffle(hosts);
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(map.find(std::string_view(host)));
  }
  count_memory(state, make_hosts<Map>);
}
BENCHMARK(host_find<StdHosts>);
BENCHMARK(host_find<AbslHosts>);
BENCHMARK(host_find<AbslFlatHosts>);

// --- PathMap
// --------------------------------------------------------------------------------------------------

struct Item {
  CompactString path;
};

struct ByPath {
  using is_transparent = void;
  static std::string_view key(std::string_view path) { return path; }
  static std::string_view key(const std::unique_ptr<Item>& item) { return item->path; }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return key(a) < key(b);
  }
};

using OurPaths = workspace::PathMap<Item>;
using AbslPaths = absl::btree_set<std::unique_ptr<Item>, ByPath>;
using StdPaths = std::set<std::unique_ptr<Item>, ByPath>;

std::vector<std::string> make_paths() {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kCount; ++i) {
    paths.push_back(fmt::format("/home/user/deploy/team-{:05}/policy-{}.yaml", i / 10, i % 10));
  }
  return paths;
}

template <class Map>
Map make_path_map(const std::vector<std::string>& paths) {
  Map map;
  for (const std::string& path : paths) map.insert(std::make_unique<Item>(Item{path}));
  return map;
}

template <class Map>
void path_insert(benchmark::State& state) {  // in order, and then once more in none
  const std::vector<std::string> paths = make_paths();
  std::vector<std::string> shuffled = paths;
  shuffle(shuffled);
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_path_map<Map>(paths));
    benchmark::DoNotOptimize(make_path_map<Map>(shuffled));
  }
  count_memory(state, [&] { return make_path_map<Map>(paths); });
}

template <class Map>
void path_find(benchmark::State& state) {
  std::vector<std::string> paths = make_paths();
  const Map map = make_path_map<Map>(paths);
  shuffle(paths);
  for (auto _ : state) {
    for (const std::string& path : paths) benchmark::DoNotOptimize(map.find(std::string_view(path)));
  }
}

#define PATHS(map)             \
  BENCHMARK(path_insert<map>); \
  BENCHMARK(path_find<map>)
PATHS(OurPaths);
PATHS(AbslPaths);
PATHS(StdPaths);

// --- Hashes of texts
// ------------------------------------------------------------------------------------------

struct OurHash {
  std::uint64_t operator()(std::string_view text) const { return workspace::hash_bytes(text); }
};
struct Xxh3 {
  std::uint64_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
};
struct StdHash {
  std::uint64_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
struct AbslHash {
  std::uint64_t operator()(std::string_view text) const { return absl::HashOf(text); }
};

// One text of that many bytes.
template <class Hash>
void hash_text(benchmark::State& state) {
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) text += names()[text.size()] + ": ";
  text.resize(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(Hash()(text));
  }
}
#define HASH(hash) BENCHMARK(hash_text<hash>)->Arg(24)->Arg(200)->Arg(1000)->Arg(10000)
HASH(OurHash);
HASH(Xxh3);
HASH(StdHash);
HASH(AbslHash);

// --- UTF-8
// ----------------------------------------------------------------------------------------------------

// One character of a hundred is none of ASCII, or all are Greek.
std::string make_text(bool wide) {
  std::string text;
  for (int i = 0; text.size() < 10'000; ++i) {
    text += wide || i % 100 == 99 ? "\xCE\xBB" : std::string(1, static_cast<char>('a' + i % 26));
  }
  return text;
}

void utf8_valid_ours(benchmark::State& state) {
  const std::string text = make_text(state.range(0) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::utf8::is_valid(text));
}

const utf8proc_uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

void utf8_valid_utf8proc(benchmark::State& state) {
  const std::string text = make_text(state.range(0) != 0);
  for (auto _ : state) {
    utf8proc_ssize_t at = 0;
    utf8proc_int32_t c = 0;
    while (at < std::ssize(text)) {
      const utf8proc_ssize_t size = utf8proc_iterate(bytes_of(text) + at, std::ssize(text) - at, &c);
      if (size <= 0) break;
      at += size;
    }
    benchmark::DoNotOptimize(at);
  }
}

void display_width_ours(benchmark::State& state) {
  const std::string text = make_text(state.range(0) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(cli::display_width(text));
}

void display_width_utf8proc(benchmark::State& state) {
  const std::string text = make_text(state.range(0) != 0);
  for (auto _ : state) {
    unsigned width = 0;
    utf8proc_int32_t c = 0;
    for (utf8proc_ssize_t at = 0; at < std::ssize(text);) {
      const utf8proc_ssize_t size = utf8proc_iterate(bytes_of(text) + at, std::ssize(text) - at, &c);
      width += size <= 0 ? 1U : static_cast<unsigned>(utf8proc_charwidth(c));
      at += std::max<utf8proc_ssize_t>(1, size);
    }
    benchmark::DoNotOptimize(width);
  }
}

BENCHMARK(utf8_valid_ours)->Arg(0)->Arg(1);
BENCHMARK(utf8_valid_utf8proc)->Arg(0)->Arg(1);
BENCHMARK(display_width_ours)->Arg(0)->Arg(1);
BENCHMARK(display_width_utf8proc)->Arg(0)->Arg(1);

// --- Patterns
// -------------------------------------------------------------------------------------------------

constexpr const char* kExpression = "(web|api)-[0-9]+\\.team-.*";

workspace::RegularExpression our_expression() { return *workspace::RegularExpression::compile(kExpression); }

std::unique_ptr<re2::RE2> their_expression() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  return std::make_unique<re2::RE2>(kExpression, options);
}

template <class Compile>
void compile_expressions(benchmark::State& state, const Compile& compile) {
  for (auto _ : state) benchmark::DoNotOptimize(compile());
  count_memory(state, [&] {
    std::vector<decltype(compile())> compiled;
    compiled.reserve(kCount);
    while (compiled.size() < kCount) compiled.push_back(compile());
    return compiled;
  });
}

void expression_compile_ours(benchmark::State& state) { compile_expressions(state, our_expression); }
void expression_compile_re2(benchmark::State& state) { compile_expressions(state, their_expression); }

void expression_match_ours(benchmark::State& state) {
  const workspace::RegularExpression expression = our_expression();
  for (auto _ : state) {
    for (const std::string& name : names()) benchmark::DoNotOptimize(expression.matches(name));
  }
}

void expression_match_re2(benchmark::State& state) {
  const std::unique_ptr<re2::RE2> expression = their_expression();
  for (auto _ : state) {
    for (const std::string& name : names()) benchmark::DoNotOptimize(re2::RE2::FullMatch(name, *expression));
  }
}

// fnmatch knows no `**` and no braces; the pattern has neither.
constexpr const char* kGlob = "/home/user/*/team-000[0-4]?/policy-?.yaml";

void glob_match_ours(benchmark::State& state) {
  const std::vector<std::string> paths = make_paths();
  const workspace::Glob glob(kGlob + 1);
  for (auto _ : state) {
    for (const std::string& path : paths)
      benchmark::DoNotOptimize(glob.matches(std::string_view(path).substr(1)));
  }
}

void glob_match_fnmatch(benchmark::State& state) {
  const std::vector<std::string> paths = make_paths();
  for (auto _ : state) {
    for (const std::string& path : paths)
      benchmark::DoNotOptimize(fnmatch(kGlob, path.c_str(), FNM_PATHNAME));
  }
}

void glob_match_re2(benchmark::State& state) {
  const std::vector<std::string> paths = make_paths();
  const re2::RE2 expression("/home/user/[^/]*/team-000[0-4][^/]/policy-[^/]\\.yaml");
  for (auto _ : state) {
    for (const std::string& path : paths) benchmark::DoNotOptimize(re2::RE2::FullMatch(path, expression));
  }
}

BENCHMARK(expression_compile_ours);
BENCHMARK(expression_compile_re2);
BENCHMARK(expression_match_ours);
BENCHMARK(expression_match_re2);
BENCHMARK(glob_match_ours);
BENCHMARK(glob_match_fnmatch);
BENCHMARK(glob_match_re2);

// --- Base64
// ---------------------------------------------------------------------------------------------------

void base64_ours(benchmark::State& state) {
  const std::string text = make_text(false);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::base64(text));
}
void base64_absl(benchmark::State& state) {
  const std::string text = make_text(false);
  for (auto _ : state) benchmark::DoNotOptimize(absl::Base64Escape(text));
}
BENCHMARK(base64_ours);
BENCHMARK(base64_absl);

}  // namespace

BENCHMARK_MAIN();
