#include "workspace/files/glob.h"

#include <doctest/doctest.h>

#include <string>

using workspace::glob_escape;
using workspace::glob_match;

namespace {

struct Row {
  const char* pattern;
  const char* path;
  bool matches;
};

constexpr Row kRows[] = {
    // Without a slash: at any depth, and all below a folder.
    {"a.yaml", "a.yaml", true},
    {"a.yaml", "x/y/a.yaml", true},
    {"a.yaml", "ba.yaml", false},
    {"a.yaml", "a.yaml.bak", false},
    {"*.yaml", "x/y/a.yaml", true},
    {"*.yaml", "x/y/a.yml", false},
    {"testdata", "x/testdata/y/a.yaml", true},
    {"testdata", "x/testdata2/a.yaml", false},
    // With a slash: from the root.
    {"x/a.yaml", "x/a.yaml", true},
    {"x/a.yaml", "y/x/a.yaml", false},
    {"/a.yaml", "a.yaml", true},
    {"/a.yaml", "x/a.yaml", false},
    {"./x", "x/a.yaml", true},
    {"./x", "y/x/a.yaml", false},
    {"x/y", "x/y/z/a.yaml", true},
    // Folders only.
    {"testdata/", "testdata", false},
    {"testdata/", "testdata/", true},
    {"testdata/", "x/testdata/a.yaml", true},
    {"a.yaml/", "x/a.yaml", false},
    // Two stars.
    {"**/testdata/**", "testdata/a.yaml", true},
    {"**/testdata/**", "x/y/testdata/z/a.yaml", true},
    {"**/testdata/**", "x/testdata", false},
    {"**/testdata/**", "x/mytestdata/a.yaml", false},
    {"clusters/prod/**", "clusters/prod/a.yaml", true},
    {"clusters/prod/**", "clusters/prod2/a.yaml", false},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "ab", false},
    {"a/**/b", "a/xb", false},
    {"**", "x/y", true},
    {"x**y/z", "xaay/z", true},
    {"x**y/z", "xa/ay/z", false},
    // Within a segment.
    {"x/*/b", "x/a/b", true},
    {"x/*/b", "x/a/a/b", false},
    {"?.yaml", "a.yaml", true},
    {"?.yaml", ".yaml", false},
    {"?.yaml", "\xC3\xBC.yaml", true},
    {"?.yaml", "\xFF.yaml", true},
    {"x?y/z", "x/y/z", false},
    {"*", ".hidden", true},
    // Sets.
    {"[a-c].yaml", "b.yaml", true},
    {"[a-c].yaml", "d.yaml", false},
    {"[!a-c].yaml", "d.yaml", true},
    {"[^a-c].yaml", "b.yaml", false},
    {"[]x].yaml", "].yaml", true},
    {"[a-].yaml", "-.yaml", true},
    {"[\xC3\xA4-\xC3\xBC].yaml", "\xC3\xB6.yaml", true},
    {"x[!a]y/z", "x/y/z", false},
    {"a[", "a[", true},
    {"[a/b]", "[a/b]", true},
    // Braces.
    {"*.{yaml,yml}", "x/a.yml", true},
    {"*.{yaml,yml}", "x/a.json", false},
    {"{a,b/c}/*.yaml", "b/c/x.yaml", true},
    {"{a,b/c}/*.yaml", "x/a/x.yaml", false},
    {"{a,b{c,d}}.yaml", "bd.yaml", true},
    {"{a,b{c,d}}.yaml", "b.yaml", false},
    {"x{,y}/z", "x/z", true},
    {"{a", "{a", true},
    {"a}", "a}", true},
    // Escapes, and what is nothing special.
    {"\\*.yaml", "*.yaml", true},
    {"\\*.yaml", "a.yaml", false},
    {"A.yaml", "a.yaml", false},
    {"", "a", false},
    {"/", "a", false},
    {"a", "", false},
};

}  // namespace

TEST_CASE("globs match like gitignore's") {
  for (const Row& row : kRows) {
    INFO(std::string(row.pattern), " on ", std::string(row.path));
    CHECK(glob_match(row.pattern, row.path) == row.matches);
  }
}

TEST_CASE("a hostile glob costs no more than its length times the path's") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const std::string path(5000, 'a');
  CHECK(glob_match(pattern, path));
  CHECK_FALSE(glob_match(pattern + "b", path));

  std::string nested;
  for (int i = 0; i < 100; ++i) nested += "{a,**/}";
  CHECK_FALSE(glob_match(nested + "b", path));
  CHECK_FALSE(glob_match(std::string(5000, '{'), path));
  std::string deep = "x";
  for (int i = 0; i < 2000; ++i) deep += "/s";
  CHECK(glob_match("x/**/**/**/**/**/y", deep + "/y"));
  CHECK_FALSE(glob_match("x/**/**/**/**/**/y", deep));
}

TEST_CASE("an escaped path matches itself and what is below, only") {
  const std::string path = "a*b/{c,d}/[e]/\\f";
  CHECK(glob_match(glob_escape(path), path));
  CHECK(glob_match(glob_escape(path), path + "/x.yaml"));
  CHECK_FALSE(glob_match(glob_escape(path), "aXb/{c,d}/[e]/\\f"));
  CHECK_FALSE(glob_match(glob_escape("x"), "y/x"));
}
