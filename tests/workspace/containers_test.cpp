// The containers of what is kept by the hundred thousand, held to what the standard ones do.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/base/path_map.h"
#include "workspace/base/ref_ptr.h"
#include "workspace/base/short_list.h"
#include "workspace/mesh/node_table.h"

using workspace::CompactList;
using workspace::CompactString;
using workspace::ShortList;

namespace {

template <class List>
std::vector<int> values(const List& list) {
  return {list.begin(), list.end()};
}

struct Item {
  CompactString path;
};

}  // namespace

TEST_CASE("a compact list is a pointer wide and does what a vector does") {
  CHECK(sizeof(CompactList<std::string>) == sizeof(void*));
  std::mt19937 random(1);
  std::vector<std::string> expected;
  CompactList<std::string> list;
  for (int step = 0; step < 500; ++step) {
    const auto at = static_cast<std::ptrdiff_t>(random() % (expected.size() + 1));
    if (random() % 3 != 0) {
      const std::string value = fmt::format("a value too long to lie inside, {}", step);
      expected.insert(expected.begin() + at, value);
      list.insert(list.begin() + at, value);
    } else if (at < static_cast<std::ptrdiff_t>(expected.size())) {
      expected.erase(expected.begin() + at);
      list.erase(list.begin() + at);
    }
    REQUIRE(std::vector<std::string>(list.begin(), list.end()) == expected);
  }
  const CompactList<std::string> copy = list;
  CHECK(copy == list);
  list.clear();
  CHECK(list.empty());
  CHECK(copy.size() == expected.size());
}

TEST_CASE("an element of a compact list may be put in once more") {
  CompactList<std::string> list = {"a value too long to lie inside"};
  for (int i = 0; i < 10; ++i) list.push_back(list.front());
  CHECK(list.back() == "a value too long to lie inside");
}

TEST_CASE("all elements of one value leave a compact list") {
  CompactList<int> list = {1, 2, 1, 3};
  CHECK(erase(list, 1) == 2);
  CHECK(values(list) == std::vector{2, 3});
  CHECK(erase(list, 7) == 0);
}

TEST_CASE("a short list holds none, one and more") {
  ShortList<int> list;
  CHECK(list.empty());
  list.push_back(2);
  CHECK(values(list) == std::vector{2});
  list.insert(list.begin(), 1);
  list.push_back(3);
  CHECK(values(list) == std::vector{1, 2, 3});
  list.erase(list.begin() + 1);
  list.erase(list.begin());
  CHECK(values(list) == std::vector{3});
  list.erase(list.begin());
  CHECK(list.empty());
  list.push_back(4);
  CHECK(values(list) == std::vector{4});
}

TEST_CASE("a path map keeps items in order, whatever order they come and go in") {
  std::mt19937 random(2);
  std::map<std::string, const Item*> expected;
  workspace::PathMap<Item> map;
  const auto compare = [&] {
    auto at = expected.begin();
    for (const Item& item : map) {
      REQUIRE(&item == at->second);
      ++at;
    }
    REQUIRE(at == expected.end());
    REQUIRE(map.size() == expected.size());
  };
  for (int step = 0; step < 6000; ++step) {
    const std::string path = fmt::format("/{}", random() % 3000);
    const auto at = expected.find(path);
    REQUIRE(map.find(path) == (at == expected.end() ? nullptr : at->second));
    if (at == expected.end()) {
      expected[path] = &map.insert(std::make_unique<Item>(Item{path}));
    } else if (random() % 4 == 0) {
      CHECK(map.extract(path).get() == at->second);
      expected.erase(at);
    }
    if (step % 500 == 0) compare();
  }
  compare();
  while (!expected.empty()) {
    map.extract(expected.begin()->first);
    expected.erase(expected.begin());
  }
  compare();
}

TEST_CASE("copies of a long compact string share its bytes") {
  const CompactString text = "longer than what lies inside";
  const CompactString copy = text;
  CHECK(copy == text);
  CHECK(copy.data() == text.data());
}

TEST_CASE("a node table finds what it holds") {
  workspace::NodeTable table;
  const auto id = [](int i) {
    return workspace::ResourceId{workspace::Kind::Service, "default", fmt::format("service-{}", i)};
  };
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i) table.insert(std::make_unique<workspace::ResourceNode>(id(i)));
  for (int i = 0; i < kCount; i += 2) table.extract(*table.find(id(i)));
  for (int i = 0; i < kCount; ++i) CHECK((table.find(id(i)) != nullptr) == (i % 2 == 1));
  int left = 0;
  table.for_each([&left](const workspace::ResourceNode&) { ++left; });
  CHECK(left == kCount / 2);
}
