#include "cli/unified_diff.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using cli::Palette;
using cli::unified_diff;

namespace {

std::string diff(const std::string& before, const std::string& after) {
  return unified_diff("x.yaml", before, after, Palette(false));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(in.eof() ? line : line + "\n");
  return lines;
}

// What `patch` would make of it, strictly: every kept and removed line must be there, every count right.
std::string patched(const std::string& before, const std::string& patch) {
  const std::vector<std::string> old_lines = lines_of(before);
  const std::vector<std::string> rows = lines_of(patch);
  std::string after;
  std::size_t at = 0;
  for (std::size_t i = 2; i < rows.size(); ++i) {
    if (rows[i].starts_with("@@ -")) {
      std::size_t begin = std::strtoul(rows[i].c_str() + 4, nullptr, 10);
      const bool empty = rows[i].find(",0 +") != std::string::npos;
      if (!empty) --begin;
      REQUIRE(begin >= at);
      while (at < begin) after += old_lines.at(at++);
      continue;
    }
    std::string line = rows[i].substr(1);
    if (i + 1 < rows.size() && rows[i + 1].starts_with("\\")) line.pop_back();
    if (rows[i][0] == '\\') continue;
    if (rows[i][0] != '+') CHECK(old_lines.at(at++) == line);
    if (rows[i][0] != '-') after += line;
  }
  while (at < old_lines.size()) after += old_lines[at++];
  return after;
}

}  // namespace

TEST_CASE("equal texts have no diff") {
  CHECK(diff("", "").empty());
  CHECK(diff("a\n", "a\n").empty());
}

TEST_CASE("changes have three lines of context, near ones share a hunk") {
  CHECK(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  std::string before;
  for (int i = 0; i < 30; ++i) before += std::to_string(i) + "\n";
  std::string after = before;
  after.replace(after.find("\n5\n"), 3, "\nfive\n");
  std::string near = after;
  near.replace(near.find("\n12\n"), 4, "\ntwelve\n");
  CHECK(diff(before, near).find("@@ -3,14 +3,14 @@") != std::string::npos);
  after.replace(after.find("\n20\n"), 4, "\ntwenty\n");
  CHECK(diff(before, after).find("@@ -3,7 +3,7 @@") != std::string::npos);
  CHECK(diff(before, after).find("@@ -18,7 +18,7 @@") != std::string::npos);
}

TEST_CASE("insertions, deletions, and what has no final line end") {
  CHECK(diff("", "a\n") == "--- a/x.yaml\n+++ b/x.yaml\n@@ -0,0 +1 @@\n+a\n");
  CHECK(diff("a\n", "") == "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +0,0 @@\n-a\n");
  CHECK(diff("a", "a\n") ==
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  CHECK(unified_diff("a b", "x\n", "y\n", Palette(false)).starts_with("--- a/a b\t\n+++ b/a b\t\n"));
}

TEST_CASE("on random texts the diff turns the one into the other") {
  std::mt19937 random(20);  // NOLINT(cert-msc51-cpp): the same every time
  const auto some_text = [&random] {
    std::string text;
    for (auto n = random() % 30; n > 0; --n)
      text += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    if (!text.empty() && random() % 4 == 0) text.pop_back();
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string before = some_text();
    const std::string after = some_text();
    const std::string patch = diff(before, after);
    INFO(patch);
    REQUIRE((before == after || patched(before, patch) == after));
  }
}

TEST_CASE("texts that differ wildly are replaced as a whole") {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  CHECK(patched(before, diff(before, after)) == after);
}
