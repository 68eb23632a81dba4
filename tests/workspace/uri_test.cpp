#include "workspace/base/uri.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using workspace::PathStyle;

TEST_CASE("file URIs to paths") {
  struct Row {
    const char* uri;
    std::optional<std::string> posix;
    std::optional<std::string> windows;
  };
  const Row rows[] = {
      {"file:///a/b.yaml", "/a/b.yaml", "/a/b.yaml"},
      {"file:/a/b", "/a/b", "/a/b"},
      {"FILE:///a", "/a", "/a"},
      {"file://localhost/a", "/a", "/a"},
      {"file:///", "/", "/"},
      {"file:///a%20b/%C3%A4%E2%82%AC.yaml", "/a b/ä€.yaml", "/a b/ä€.yaml"},
      {"file:///a%23b%3Fc%25d", "/a#b?c%d", "/a#b?c%d"},
      {"file:///a#b?c", "/a#b?c", "/a#b?c"},
      {"file:///100%", "/100%", "/100%"},
      {"file:///%zz%4", "/%zz%4", "/%zz%4"},
      {"file:///a//b/./c/../d/", "/a/b/d", "/a/b/d"},
      {"file:///../../x", "/x", "/x"},
      {"file:///c%3A/x", "/c:/x", "/c:/x"},
      {"file:///C:/x/y.yaml", "/C:/x/y.yaml", "/c:/x/y.yaml"},
      {"file:///C:\\x\\y", "/C:\\x\\y", "/c:/x/y"},
      {"file:///D:", "/D:", "/d:"},
      {"file:///c:/../x", "/x", "/x"},
      {"file://server/share/x", std::nullopt, "//server/share/x"},
      {"file://server/share/../../x/", std::nullopt, "//x"},
      {"file:", std::nullopt, std::nullopt},
      {"file:relative", std::nullopt, std::nullopt},
      {"file:///a%00b", std::nullopt, std::nullopt},
      {"untitled:Untitled-1", std::nullopt, std::nullopt},
      {"http://x/y", std::nullopt, std::nullopt},
      {"", std::nullopt, std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.uri);
    CHECK(workspace::path_of_file_uri(row.uri, workspace::PathStyle::Posix) == row.posix);
    CHECK(workspace::path_of_file_uri(row.uri, workspace::PathStyle::Windows) == row.windows);
  }
}

TEST_CASE("paths to file URIs, and back") {
  struct Row {
    const char* path;
    const char* uri;
    workspace::PathStyle style;
  };
  const Row rows[] = {
      {"/a/b-c_d.e~f", "file:///a/b-c_d.e~f", PathStyle::Posix},
      {"/a b/#?%", "file:///a%20b/%23%3F%25", PathStyle::Posix},
      {"/ä😀", "file:///%C3%A4%F0%9F%98%80", PathStyle::Posix},
      {"/\xff", "file:///%FF", PathStyle::Posix},
      {"/c:/x y", "file:///c%3A/x%20y", PathStyle::Windows},
      {"//server/share/x", "file://server/share/x", PathStyle::Windows},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(workspace::file_uri(row.path) == row.uri);
    CHECK(workspace::path_of_file_uri(row.uri, row.style) == row.path);
  }
}

TEST_CASE("a document that is no file has a path of its own") {
  const std::string path = workspace::document_path("untitled:Untitled-1");
  CHECK(path.starts_with('/'));
  CHECK(path != workspace::document_path("untitled:Untitled-2"));
  CHECK(workspace::document_path("file:///a/./b") == "/a/b");
}

TEST_CASE("Windows' roots are kept") {
  CHECK(workspace::normal_path("//server/share/./a/", PathStyle::Windows) == "//server/share/a");
  CHECK(workspace::normal_path("//server/share", PathStyle::Posix) == "/server/share");
  CHECK(workspace::normal_path("///a", PathStyle::Windows) == "/a");
  CHECK(workspace::normal_path("//", PathStyle::Windows) == "/");
  CHECK(workspace::root_of("/c:/a", PathStyle::Windows) == "/c:");
  CHECK(workspace::root_of("//server/share/a", PathStyle::Windows) == "//server");
  CHECK(workspace::root_of("/a/b", PathStyle::Windows) == "/");
  CHECK(workspace::root_of("//server/share/a", PathStyle::Posix) == "/");
}

TEST_CASE("below and above") {
  CHECK(workspace::is_below("/a/b", "/a"));
  CHECK(workspace::is_below("/a", "/a"));
  CHECK_FALSE(workspace::is_below("/ab", "/a"));
  CHECK(workspace::is_below("/a", "/"));
  CHECK(workspace::parent_path("/a/b") == "/a");
  CHECK(workspace::parent_path("/a") == "/");
}
